// What a client gets who sends a command again with its key.
#include "base/error.hpp"
#include "commands/command.hpp"
#include "commands_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a repeated command is answered from the record and not executed again") {
  CommandsFixture world;
  for (const auto& command : every_command(world)) {
    INFO(command.name);
    const auto of_type = "events WHERE type = " + std::to_string(command.event);
    const auto before = world.count(of_type);
    const auto key = std::to_string(command.event);
    const auto done = command.send(world, key);
    CHECK(done.status == command.status);
    CHECK_FALSE(is_replay(done));
    for (const auto& spelled : {key, '"' + key + '"'}) {
      const auto again = command.send(world, spelled);
      CHECK(again.status == command.status);
      CHECK(again.body == done.body);
      CHECK(header(again, "Location") == header(done, "Location"));
      CHECK(is_replay(again));
    }
    CHECK(world.count(of_type) == before + 1);
  }
  CHECK(world.count("idempotency_keys") == 8);
}

TEST_CASE("without a key nothing is recorded, and a repeated command is executed again") {
  CommandsFixture world;
  const auto user = std::to_string(world.add("ann"));
  for (int i = 0; i < 2; ++i) {
    const auto made = world.server.post("/posts", "{}", {{"x-user-id", user}});
    CHECK(made.status == 201);
    CHECK_FALSE(is_replay(made));
  }
  CHECK(world.count("posts") == 2);
  CHECK(world.count("idempotency_keys") == 0);
}

TEST_CASE("a key already used for a different request is refused") {
  CommandsFixture world;
  const auto all = every_command(world);
  for (const auto& used : all) {
    const auto key = "k" + std::to_string(used.event);
    CHECK(used.send(world, key).status == used.status);
    for (const auto& other : all) {
      if (other.name == used.name) continue;
      INFO(used.name << " then " << other.name);
      const auto refused = other.send(world, key);
      CHECK(refused.status == 422);
      CHECK_FALSE(is_replay(refused));
      CHECK(error_in(refused) == "this Idempotency-Key was used for another request");
    }
  }
  const Headers headers{{"x-user-id", std::to_string(all[0].user)}, {"idempotency-key", "k5"}};
  CHECK(world.server.post("/v1/posts", R"({"text":"other"})", headers).status == 422);
  CHECK(world.server.post("/v1/posts?a=1", R"({"text":"hello"})", headers).status == 422);
  CHECK(world.server.post("/v1/posts", R"({"text":"hello"})", headers).status == 201);
}

TEST_CASE("the same key of another user is another key") {
  CommandsFixture world;
  const auto ann = world.add("ann"), ben = world.add("ben");
  const auto create = [&](Id user) {
    return world.server.post("/v1/posts", "{}",
                             {{"x-user-id", std::to_string(user)}, {"idempotency-key", "k"}});
  };
  const auto first = create(ann), second = create(ben);
  CHECK(second.status == 201);
  CHECK_FALSE(is_replay(second));
  CHECK(id_in(second) != id_in(first));
  CHECK(id_in(create(ann)) == id_in(first));
  CHECK(id_in(create(ben)) == id_in(second));
}

TEST_CASE("a route and its aliases are one route to a key") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto post = std::to_string(world.add_post());
  const Headers headers{{"x-user-id", std::to_string(user)}, {"idempotency-key", "k"}};
  const auto first = world.server.post("/v1/feed/posts/" + post + "/likes/", "", headers);
  CHECK(first.status == 201);
  for (const auto* path : {"/v1/posts/", "/feed/posts/", "/v1/feed/posts/"}) {
    const auto again = world.server.post(path + post + "/likes", "", headers);
    CHECK(again.status == 201);
    CHECK(is_replay(again));
    CHECK(again.body == first.body);
  }
}

TEST_CASE("a replay returns the current state of the created object, or that it is gone") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto headers = [&](const std::string& key) {
    return Headers{{"x-user-id", std::to_string(user)}, {"idempotency-key", key}};
  };
  const auto create = [&] { return world.server.post("/posts", R"({"text":"hi"})", headers("p")); };
  const auto made = create();
  const auto post = id_in(made);
  const auto like = [&] {
    return world.server.post("/v1/posts/" + std::to_string(post) + "/likes", "", headers("l"));
  };
  const auto first = like();
  const auto gone = "{\"id\":" + std::to_string(id_in(first)) + ",\"deleted\":true}";

  CHECK(*member(create(), "like_count").integer() == 1);
  CHECK(*member(create(), "liked").boolean());
  world.likes.unlike(user, post);
  CHECK(like().status == 201);
  CHECK(like().body == gone);
  CHECK(is_replay(like()));
  world.likes.like(user, post);  // another like than the one of the key
  CHECK(like().body == gone);
  CHECK(world.count("likes") == 1);

  world.posts.remove(post, user, false);
  CHECK(like().status == 201);
  CHECK(like().body == gone);
  CHECK(create().status == 201);
  CHECK(create().body == "{\"id\":" + std::to_string(post) + ",\"deleted\":true}");
  CHECK(is_replay(create()));
}

TEST_CASE("a repeated like that created no row replays its 200") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto post = world.add_post();
  const auto like = world.likes.like(user, post).like.id;
  const auto send = [&] {
    return world.server.post("/v1/posts/" + std::to_string(post) + "/likes", "",
                             {{"x-user-id", std::to_string(user)}, {"idempotency-key", "k"}});
  };
  CHECK(send().status == 200);
  CHECK(id_in(send()) == like);
  world.likes.unlike(user, post);
  CHECK(send().status == 200);
  CHECK(send().body == "{\"id\":" + std::to_string(like) + ",\"deleted\":true}");
  CHECK(world.count("likes") == 0);
}

TEST_CASE(
    "follows, unfollows and deletes replay their original response, whatever the current state") {
  CommandsFixture world;
  const auto ann = world.add("ann"), ben = world.add("ben");
  const auto send = [&](const std::string& verb) {
    return world.server.post("/v1/users/" + std::to_string(ben) + "/" + verb, "",
                             {{"x-user-id", std::to_string(ann)}, {"idempotency-key", verb}});
  };
  const auto followed = send("follow").body;
  CHECK(*member(send("follow"), "following").boolean());
  const auto unfollowed = send("unfollow").body;
  CHECK(send("follow").body == followed);
  CHECK(send("unfollow").body == unfollowed);
  CHECK(world.count("follows") == 0);
  world.follows.follow(ann, ben);
  CHECK(send("unfollow").body == unfollowed);
  CHECK(world.count("follows") == 1);
}

TEST_CASE("a not-found outcome is recorded with the key") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto post = world.add_post();
  const auto send = [&](Method method, const std::string& target, const std::string& key) {
    return world.server.send(method, target, "",
                             {{"x-user-id", std::to_string(user)}, {"idempotency-key", key}});
  };
  const auto likes = "/v1/posts/" + std::to_string(post) + "/likes";
  const auto first = send(Method::del, likes, "a");
  CHECK(first.status == 404);
  CHECK_FALSE(is_replay(first));
  world.likes.like(user, post);
  const auto again = send(Method::del, likes, "a");
  CHECK(again.status == 404);
  CHECK(error_in(again) == error_in(first));
  CHECK(is_replay(again));
  CHECK(world.count("likes") == 1);
  CHECK(send(Method::del, likes, "b").status == 204);

  struct Missing {
    Method method;
    std::string target, error;
  };
  const Missing rows[] = {
      {Method::post, "/v1/posts/4711/likes", "Post with id 4711 not found"},
      {Method::del, "/v1/posts/4711/likes", "Post with id 4711 not found"},
      {Method::del, "/v1/posts/4711", "Post with id 4711 not found"},
      {Method::post, "/v1/users/4711/follow", "User with id 4711 not found"},
      {Method::post, "/v1/users/4711/unfollow", "User with id 4711 not found"},
  };
  int key = 0;
  for (const auto& row : rows) {
    INFO(row.target);
    const auto text = std::to_string(++key);
    for (const bool second : {false, true}) {
      const auto answer = send(row.method, row.target, text);
      CHECK(answer.status == 404);
      CHECK(error_in(answer) == row.error);
      CHECK(is_replay(answer) == second);
    }
  }
}

TEST_CASE("a conflict over a taken handle is recorded with the key") {
  CommandsFixture world;
  const auto user = std::to_string(world.add("ann"));
  const auto send = [&] {
    return world.server.post("/v1/users", R"({"handle":"ann"})",
                             {{"x-user-id", user}, {"idempotency-key", "k"}});
  };
  CHECK(send().status == 409);
  CHECK(send().status == 409);
  CHECK(is_replay(send()));
  CHECK(error_in(send()) == "handle is taken");
  CHECK(header(send(), "Retry-After") == "");
}

TEST_CASE("a refused request is not recorded, and replays pass the same checks as first requests") {
  CommandsFixture world(auth::Mode::required);
  const auto ann = world.add("ann"), ben = world.add("ben");
  const auto admin = world.add("root", users::Role::admin);
  const auto post = world.add_post(ann);
  const auto with_key = [&](Id user) {
    auto headers = world.token_of(user);
    headers.emplace_back("idempotency-key", "k");
    return headers;
  };
  const auto target = "/v1/posts/" + std::to_string(post);
  CHECK(world.server.del(target, with_key(ben)).status == 403);
  CHECK(world.server.del(target, {{"idempotency-key", "k"}}).status == 401);
  CHECK(world.server.post("/v1/posts", R"({"text":1})", with_key(ben)).status == 400);
  CHECK(world.count("idempotency_keys") == 0);
  CHECK(world.server.del(target, with_key(ann)).status == 204);
  CHECK(world.server.del(target, {{"idempotency-key", "k"}}).status == 401);
  CHECK(is_replay(world.server.del(target, with_key(ann))));

  const auto create = [&](Id user) {
    return world.server.post("/v1/users", R"({"handle":"new"})", with_key(user));
  };
  CHECK(create(ben).status == 403);
  const auto made = create(admin);
  CHECK(made.status == 201);
  CHECK(create(admin).body == made.body);
  world.users.set_role(admin, users::Role::user);
  CHECK(create(admin).status == 403);
}

TEST_CASE("a key stays valid until it is purged, at the earliest after one day") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto create = [&](const std::string& key) {
    return world.server.post("/v1/posts", "{}",
                             {{"x-user-id", std::to_string(user)}, {"idempotency-key", key}});
  };
  const auto old = create("old"), young = create("young");
  world.fresh.execute("UPDATE idempotency_keys SET created_at = now() - CASE result_id WHEN " +
                      std::to_string(id_in(old)) +
                      " THEN interval '24 hours 1 minute' ELSE interval '23 hours' END");
  CHECK(is_replay(create("old")));
  CHECK(commands::delete_expired_keys(world.database, now()) == 1);
  const auto anew = create("old");
  CHECK(anew.status == 201);
  CHECK_FALSE(is_replay(anew));
  CHECK(id_in(anew) != id_in(old));
  CHECK(id_in(create("young")) == id_in(young));

  world.fresh.execute(
      "INSERT INTO idempotency_keys SELECT n, '\\x00', '\\x00', 1, NULL, 201, now() - interval "
      "'2 days' FROM generate_series(1, 2500) n");
  CHECK(commands::delete_expired_keys(world.database, now()) == 2500);
  CHECK(commands::delete_expired_keys(world.database, now()) == 0);
  CHECK(world.count("idempotency_keys") == 2);
}
