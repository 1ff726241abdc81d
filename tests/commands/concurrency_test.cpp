// One key, used by many at once, by requests in flight and by those that died.
#include <atomic>

#include "commands_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

constexpr store::Query lock_post{"test/lock_post",
                                 "SELECT post_id FROM post_likes WHERE post_id = $1 FOR UPDATE"};
constexpr store::Query lock_likes{"test/lock_likes",
                                  "SELECT id FROM likes WHERE post_id = $1 FOR UPDATE"};
constexpr store::Query hold_key{
    "test/hold_key",
    "INSERT INTO idempotency_keys (user_id, key_hash, fp, command, status) VALUES "
    "($1, substr(sha256($2::bytea), 1, 16), '\\x00', 1, 201)"};

std::vector<Response> send_concurrently(int count, const std::function<Response()>& send) {
  std::vector<Response> answers(static_cast<std::size_t>(count));
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      for (++ready; ready < count;) std::this_thread::yield();
      // 409: too many commands of the user are running, so this one is sent again.
      while ((answer = send()).status == 409)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    });
  }
  for (auto& thread : threads) thread.join();
  return answers;
}

}  // namespace

TEST_CASE("a hundred concurrent requests with one key have one effect, for every command") {
  CommandsFixture world;
  for (const auto& command : every_command(world)) {
    INFO(command.name);
    const auto of_type = "events WHERE type = " + std::to_string(command.event);
    const auto before = world.count(of_type);
    const auto key = "k" + std::to_string(command.event);
    // As many commands begin as there are connections, before any of them can continue. Of batched
    // commands only one begins: a statement has each key once, so the others wait behind it.
    const bool batched = command.event <= 4;
    auto held = std::make_optional(world.owner.write());
    held->query(hold_key, store::params(command.user, key));
    bool all_waited = false;
    std::thread release([&] {
      all_waited = world.wait_for_blocked(batched ? 1 : CommandsFixture::connections);
      held.reset();
    });
    const auto answers = send_concurrently(100, [&] { return command.send(world, key); });
    release.join();
    CHECK(all_waited);
    CHECK(world.count(of_type) == before + 1);
    int first = 0;
    for (const auto& answer : answers) {
      INFO(answer.body);
      REQUIRE(answer.status == command.status);
      CHECK(answer.body == answers[0].body);
      first += is_replay(answer) ? 0 : 1;
    }
    CHECK(first == 1);
  }
  CHECK(world.count("idempotency_keys") == 8);
  CHECK(world.count("post_likes p WHERE like_count <> (SELECT count(*) FROM likes k WHERE "
                    "k.post_id = p.post_id)") == 0);
  CHECK(world.count("user_stats s WHERE following <> (SELECT count(*) FROM follows f WHERE "
                    "f.follower_id = s.user_id)") == 0);
}

TEST_CASE("one like sent concurrently with different keys is one like") {
  CommandsFixture world;
  const auto like = every_command(world)[0];
  std::atomic<int> number{0};
  const auto answers = send_concurrently(40, [&] {
    const auto key = "k" + std::to_string(++number);
    auto answer = like.send(world, key);
    while (answer.status == 409) answer = like.send(world, key);
    return answer;
  });
  int made = 0;
  for (const auto& answer : answers) {
    CHECK(id_in(answer) == id_in(answers[0]));
    made += answer.status == 201 ? 1 : 0;
  }
  CHECK(made == 1);
  CHECK(world.count("events WHERE type = 1 AND actor = " + std::to_string(like.user)) == 2);
  for (int i = 1; i <= 40; ++i) {
    const auto again = like.send(world, "k" + std::to_string(i));
    CHECK(is_replay(again));
    CHECK(id_in(again) == id_in(answers[0]));
  }
}

TEST_CASE("while the first request with a key is in flight, the second is told to retry") {
  CommandsFixture world(auth::Mode::open, std::chrono::milliseconds{100});
  for (const auto& command : every_command(world)) {
    INFO(command.name);
    const auto key = "k" + std::to_string(command.event);
    auto tx = world.owner.write();
    tx.query(hold_key, store::params(command.user, key));
    const auto waited = command.send(world, key);
    CHECK(waited.status == 409);
    CHECK(header(waited, "Retry-After") == "1");
    CHECK_FALSE(is_replay(waited));
    { const auto dropped = std::move(tx); }  // its key was never stored
    const auto done = command.send(world, key);
    CHECK(done.status == command.status);
    CHECK_FALSE(is_replay(done));
  }
}

TEST_CASE("a row locked by others is 409 with a key and 503 without, and the key stays unused") {
  CommandsFixture world(auth::Mode::open, std::chrono::milliseconds{100});
  const auto user = world.add("ann");
  const auto post = world.add_post();
  const auto target = "/v1/posts/" + std::to_string(post) + "/likes";
  const Headers plain{{"x-user-id", std::to_string(user)}};
  auto keyed = plain;
  keyed.emplace_back("idempotency-key", "k");
  {
    auto tx = world.owner.write();
    tx.query(lock_post, store::params(post));
    CHECK(world.server.post(target, "", keyed).status == 409);
    CHECK(world.server.post(target, "", plain).status == 503);
  }
  CHECK(world.count("idempotency_keys") == 0);
  const auto liked = world.server.post(target, "", keyed);
  CHECK(liked.status == 201);
  CHECK_FALSE(is_replay(liked));
}

TEST_CASE("a command whose backend was killed leaves nothing behind and may be retried") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto post = world.add_post(user);
  world.likes.like(user, post);
  const auto events = world.count("events");
  const auto path = "/v1/posts/" + std::to_string(post);
  const Headers headers{{"x-user-id", std::to_string(user)}, {"idempotency-key", "delete"}};
  {
    auto tx = world.owner.write();
    tx.query(lock_likes, store::params(post));  // for its second statement
    Response answer;
    std::thread waiting([&] { answer = world.server.del(path, headers); });
    CHECK(world.wait_for_blocked(1));
    world.kill_blocked();
    waiting.join();
    CHECK(answer.status == 503);
    CHECK(header(answer, "Retry-After") == "1");
  }
  CHECK(world.count("idempotency_keys") == 0);
  CHECK(world.count("likes") == 1);
  CHECK(world.count("posts WHERE deleted_at IS NULL") == 1);
  CHECK(world.count("events") == events);
  const auto done = world.server.del(path, headers);
  CHECK(done.status == 204);
  CHECK_FALSE(is_replay(done));
}

TEST_CASE("a batched command whose backend was killed is executed exactly once") {
  CommandsFixture world;
  const auto user = world.add("ann");
  const auto post = world.add_post(user);
  world.likes.like(user, post);
  const auto path = "/v1/posts/" + std::to_string(post) + "/likes";
  Response answer;
  std::thread waiting;
  {
    auto tx = world.owner.write();
    tx.query(lock_post, store::params(post));
    waiting = std::thread([&] {
      answer = world.server.del(
          path, {{"x-user-id", std::to_string(user)}, {"idempotency-key", "unlike"}});
    });
    CHECK(world.wait_for_blocked(1));
    world.kill_blocked();
    CHECK(world.wait_for_blocked(1));
  }
  waiting.join();
  CHECK(answer.status == 204);
  CHECK(world.count("likes") == 0);
  CHECK(world.count("events WHERE type = 2") == 1);
  CHECK(world.count("idempotency_keys") == 1);
}
