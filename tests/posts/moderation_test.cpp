// What moderators do with posts: hide, show again, delete and search, by the routes.
#include <algorithm>
#include <thread>

#include "posts/batch_delete.hpp"
#include "sql/posts.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/hidden_posts.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using test::App;
using test::Headers;
using test::Reply;

namespace {

std::string path_of(Id post, const std::string& verb = "") {
  return "/api/v1/admin/posts/" + std::to_string(post) + (verb.empty() ? "" : "/" + verb);
}

Headers with_key(Headers headers, const std::string& key) {
  headers.emplace_back("idempotency-key", key);
  return headers;
}

// An admin and a post of somebody else.
struct Moderated {
  App app;
  Id admin = app.add_user("admin");
  Id author = app.add_user();
  Id post = app.posts.create(author, "a post").id;
  Headers token = app.token(admin);

  Reply hide(const std::string& body = "") { return app.post(path_of(post, "hide"), body, token); }
  Reply unhide() { return app.post(path_of(post, "unhide"), "", token); }
  int shown() { return app.get("/v1/posts/" + std::to_string(post)).status; }
  std::vector<Id> search(const std::string& query) {
    const auto found = app.get("/api/v1/admin/posts" + query, token);
    INFO(found.body);
    REQUIRE(found.status == 200);
    return found.ids();
  }
  // The audit log, the oldest entry first, one line each.
  std::string audited() const {
    return app.sql(
        "SELECT coalesce(string_agg(concat_ws(' ', actor_name, action, object, before, after), "
        "E'\\n' ORDER BY id), '') FROM audit_log");
  }
  std::string events() const {
    return app.sql(
        "SELECT coalesce(string_agg(type::text, ' ' ORDER BY id), '') FROM events "
        "WHERE type IN (6, 16, 17)");
  }
};

}  // namespace

TEST_CASE("a hidden post is not found until it is shown again, and each change is audited once") {
  Moderated world;
  const auto object = "post:" + std::to_string(world.post);
  const auto hidden = world.hide(R"({"reason":"spam"})");
  INFO(hidden.body);
  CHECK(hidden.status == 200);
  CHECK(hidden.id() == world.post);
  CHECK(hidden.get("text") == "a post");
  CHECK(parse_rfc3339(hidden.get("hidden_at")).has_value());
  CHECK(hidden.get("hidden_reason") == "spam");
  CHECK(hidden.header("Cache-Control").empty());  // the server adds no-store
  CHECK(world.shown() == 404);
  CHECK(world.app.deletes == 1);
  const auto again = world.hide();
  CHECK(again.get("hidden_at") == hidden.get("hidden_at"));
  CHECK(again.get("hidden_reason") == "spam");
  CHECK(world.hide(R"({"reason":"spam"})").status == 200);
  CHECK(world.audited() ==
        "u1 post.hide " + object + R"( {"hidden": false} {"hidden": true, "reason": "spam"})");
  CHECK(world.hide(R"({"reason":"abuse"})").get("hidden_reason") == "abuse");
  const auto shown = world.unhide();
  CHECK(shown.status == 200);
  CHECK(shown.get("hidden_at") == "null");
  CHECK(shown.get("hidden_reason") == "null");
  CHECK(world.unhide().status == 200);
  CHECK(world.shown() == 200);
  CHECK(world.app.deletes == 2);
  CHECK(world.events() == "16 17");
  CHECK(world.audited() ==
        "u1 post.hide " + object + R"( {"hidden": false} {"hidden": true, "reason": "spam"})" +
            "\nu1 post.hide " + object + R"( {"reason": "spam"} {"reason": "abuse"})" +
            "\nu1 post.unhide " + object +
            R"( {"hidden": true, "reason": "abuse"} {"hidden": false})");
  CHECK(world.app.sql("SELECT actor = " + std::to_string(world.author) +
                      " AND object = " + std::to_string(world.post) +
                      " AND shard = feedctl_shard(actor) FROM events WHERE type = 17") == "t");
}

TEST_CASE("a moderator deletes a hidden post, and nothing of the hide is left") {
  Moderated world;
  world.hide();
  const auto as_author = world.app.token(world.author);
  const auto own = "/v1/posts/" + std::to_string(world.post);
  CHECK(world.app.del(own, as_author).status == 404);
  const auto gone = world.app.del(path_of(world.post), world.token);
  CHECK(gone.status == 204);
  CHECK(world.app.count("hidden_posts") == 0);
  CHECK(world.app.count("audit_log WHERE action = 'post.delete' AND before IS NULL") == 1);
  CHECK(world.app.del(path_of(world.post), world.token).status == 404);
  CHECK(world.hide().status == 404);
  CHECK(world.unhide().status == 404);
  CHECK(world.events() == "16 6");
  CHECK(world.app.count("audit_log") == 2);
}

TEST_CASE("a post of a deleted account is not found, and goes without a trace") {
  Moderated world;
  world.hide();
  world.app.remove_user(world.author);  // its posts go later
  CHECK(world.unhide().status == 404);
  CHECK(world.search("").empty());
  CHECK(world.app.count("hidden_posts") == 1);
  auto tx = world.app.database.write();
  CHECK(posts::delete_by_author(tx, world.author, 0, 10) == std::vector<Id>{world.post});
  tx.commit();
  CHECK(world.app.count("hidden_posts") == 0);
}

TEST_CASE("a delete that waits for a hide takes its row with it") {
  Moderated world;
  auto& app = world.app;
  auto tx = app.database.write();
  tx.query(sql::posts::lock, store::params(world.post));
  std::thread deletes([&] {
    commands::Command command;
    app.posts.remove(world.post, support::test_moderator(), command);
  });
  CHECK(support::eventually([&] {
    return app.count(
               "pg_stat_activity WHERE datname = current_database() AND wait_event_type = "
               "'Lock'") == 1;
  }));
  commands::Command command;
  auto params = store::params(world.post, std::optional<std::string>(), world.admin);
  commands::add_key_params(params, command);
  tx.query(sql::posts::hide, params);
  tx.commit();
  deletes.join();
  CHECK(world.shown() == 404);
  CHECK(app.count("hidden_posts") == 0);
  CHECK(world.events() == "16 6");
}

TEST_CASE("an Idempotency-Key repeats the answer of a hide, and of a post that is not there") {
  Moderated world;
  const auto key = with_key(world.token, "one"), other = with_key(world.token, "two");
  CHECK(world.app.post(path_of(world.post, "hide"), "", key).status == 200);
  world.unhide();
  const auto replay = world.app.post(path_of(world.post, "hide"), "", key);
  CHECK(replay.status == 200);
  CHECK(replay.header("Idempotency-Replayed") == "true");
  CHECK(replay.get("hidden_at") == "null");  // the post as it is now
  CHECK(world.shown() == 200);
  CHECK(world.app.count("audit_log") == 2);
  for (int i = 0; i < 2; ++i)
    CHECK(world.app.post(path_of(12345, "unhide"), "", other).status == 404);
  CHECK(world.app.post(path_of(world.post, "unhide"), "", other).status == 422);
}

TEST_CASE("only admins moderate, and a bad reason is refused before anything changes") {
  Moderated world;
  auto& app = world.app;
  for (const auto& headers : {Headers{}, Headers{{"x-user-id", std::to_string(world.admin)}}}) {
    CHECK(app.post(path_of(world.post, "hide"), "", headers).status == 401);
    CHECK(app.get("/api/v1/admin/posts", headers).status == 401);
  }
  for (const auto& role : {"user", "editor"}) {
    const auto token = app.token(app.add_user(role));
    CHECK(app.post(path_of(world.post, "hide"), "", token).status == 403);
    CHECK(app.post(path_of(world.post, "unhide"), "", token).status == 403);
    CHECK(app.del(path_of(world.post), token).status == 403);
    CHECK(app.get("/api/v1/admin/posts", token).status == 403);
  }
  for (const std::string& reason :
       {std::string(R"("")"), std::string(R"("a\nb")"), '"' + std::string(501, 'x') + '"'}) {
    const auto refused = world.hide("{\"reason\":" + reason + "}");
    CHECK(refused.status == 400);
    CHECK(refused.body.find("/reason") != std::string::npos);
  }
  CHECK(world.shown() == 200);
  CHECK(world.events().empty());
  CHECK(app.count("audit_log") == 0);
}

TEST_CASE("moderators search posts by text, author and state, hidden and suspended ones too") {
  Moderated world;
  auto& app = world.app;
  const auto bob = app.add_user();
  const auto second = app.posts.create(bob, "Buy CHEAP pills").id;
  const auto third = app.posts.create(std::nullopt, "50% of _nothing_").id;
  const auto fourth = app.posts.create(bob, "cheap again").id;
  app.posts.remove(app.posts.create(bob, "cheap and deleted").id, bob, false);
  support::hide(app.database, second);
  support::suspend(app.database, bob);
  CHECK(world.search("") == std::vector<Id>{fourth, third, second, world.post});
  CHECK(world.search("?search=cheap") == std::vector<Id>{fourth, second});
  CHECK(world.search("?search=50%") == std::vector<Id>{third});
  CHECK(world.search("?search=_n") == std::vector<Id>{third});
  CHECK(world.search("?author=u3") == std::vector<Id>{fourth, second});
  CHECK(world.search("?author=u3&state=visible&search=") == std::vector<Id>{fourth});
  CHECK(world.search("?state=hidden") == std::vector<Id>{second});
  CHECK(world.search("?state=hidden&author=u2").empty());
  CHECK(world.search("?state=hidden&search=pills&author=u3") == std::vector<Id>{second});
  CHECK(world.search("?state=visible&search=cheap") == std::vector<Id>{fourth});
  for (const auto* bad : {"?state=gone", "?author=nobody", "?cursor=x", "?limit=0"})
    CHECK(app.get(std::string("/api/v1/admin/posts") + bad, world.token).status == 400);
  const auto too_long = "/api/v1/admin/posts?search=" + std::string(201, 'x');
  CHECK(app.get(too_long, world.token).status == 400);
}

TEST_CASE("a search looks through some posts a call, and its cursor goes on to the last one") {
  Moderated world;
  auto& app = world.app;
  // Newer posts than any other: the wanted ones are the oldest of them.
  app.sql("WITH p AS (INSERT INTO posts (id, author_id, shard, text, deleted_at) SELECT " +
          std::to_string(world.post) + " + i, " + std::to_string(world.author) +
          ", 0, CASE WHEN i <= 3 THEN 'rare' ELSE 'other' END, CASE WHEN i % 7 = 0 THEN now() END "
          "FROM generate_series(1, 4500) i) SELECT 1");
  std::vector<Id> found;
  std::size_t calls = 0, most = 0;
  for (std::string query = "?search=rare&limit=2";; ++calls) {
    const auto page = app.get("/api/v1/admin/posts" + query, world.token);
    REQUIRE(page.status == 200);
    const auto ids = page.ids();
    most = std::max(most, ids.size());
    found.insert(found.end(), ids.begin(), ids.end());
    const auto cursor = page.get("next_cursor");
    if (cursor == "null") break;
    query = "?search=rare&limit=2&cursor=" + cursor;
  }
  CHECK(found == std::vector<Id>{world.post + 3, world.post + 2, world.post + 1});
  CHECK(most == 2);
  CHECK(calls >= 3);
}
