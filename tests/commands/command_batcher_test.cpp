// The command batcher: commands that wait, and statements that fail.
#include "batcher_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;
using commands::CommandBatcher;

namespace {

// A batcher whose first statement waits for a locked post until release().
struct BlockedBatcher {
  explicit BlockedBatcher(BatcherFixture& world_, CommandBatcher::Options options)
      : world(world_), batcher(world.database, sql::likes::like, std::move(options)) {
    lock_.emplace(world.lock(blocker));
    batcher.submit(1, blocker, {}, outcomes.next());
    REQUIRE(world.wait_for_blocked());
  }
  void release() { lock_.reset(); }

  BatcherFixture& world;
  Id blocker = world.add_post();
  std::optional<store::WriteTx> lock_;
  Outcomes outcomes;
  CommandBatcher batcher;
};

bool made(const commands::Reply& reply) {
  return !reply.row().is_null(2);
}

}  // namespace

TEST_CASE(
    "commands that arrive while a statement runs form the next batch, of at most five hundred") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto post = world.add_post();
  for (Id user = 1; user <= 600; ++user) held.batcher.submit(user, post, {}, held.outcomes.next());
  CHECK(held.outcomes.count() == 0);
  held.release();
  REQUIRE(held.outcomes.wait_for(601));
  CHECK(held.outcomes.errors() == 0);
  CHECK(world.count("(SELECT DISTINCT xid FROM events WHERE type = 1) e") == 3);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 600);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("identical pending likes share one row: one like is created and all return it") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto post = world.add_post();
  for (int i = 0; i < 50; ++i) held.batcher.submit(7, post, {}, held.outcomes.next());
  held.release();
  REQUIRE(held.outcomes.wait_for(51));
  REQUIRE(held.outcomes.errors() == 0);
  int shared = 0;
  for (std::size_t i = 1; i <= 50; ++i) {
    const auto& reply = held.outcomes.reply(i);
    CHECK(made(reply));
    CHECK(reply.row().integer(2) == held.outcomes.reply(1).row().integer(2));
    shared += reply.is_shared_row ? 1 : 0;
  }
  CHECK(shared == 49);
  CHECK_FALSE(held.outcomes.reply(1).is_shared_row);
  CHECK(world.count("events WHERE type = 1 AND actor = 7") == 1);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("two commands with the same key in one batch are one execution and one replay") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto post = world.add_post(), other = world.add_post();
  held.batcher.submit(7, post, command_with_key(7, 1), held.outcomes.next());
  held.batcher.submit(7, post, command_with_key(7, 1), held.outcomes.next());
  held.batcher.submit(7, other, command_with_key(7, 1, "\\x02"), held.outcomes.next());
  held.release();
  REQUIRE(held.outcomes.wait_for(4));
  REQUIRE(held.outcomes.errors() == 0);
  auto command = command_with_key(7, 1);
  CHECK_FALSE(commands::read_replay(command, held.outcomes.reply(1).row(), 6));
  const auto replay = commands::read_replay(command, held.outcomes.reply(2).row(), 6);
  REQUIRE(replay);
  CHECK(replay->status == 201);
  CHECK(replay->result_id == held.outcomes.reply(1).row().integer(2));
  try {
    commands::read_replay(command, held.outcomes.reply(3).row(), 6);
    FAIL("another request had the key");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unprocessable);
  }
  CHECK(world.count("likes WHERE user_id = 7") == 1);
  CHECK(world.count("idempotency_keys") == 1);
}

TEST_CASE("a key that another process commits meanwhile is replayed by the next attempt") {
  BatcherFixture world;
  CommandBatcher batcher(world.database, sql::likes::like, world.long_timeouts());
  const auto post = world.add_post();
  Outcomes outcomes;
  std::optional<store::WriteTx> elsewhere = world.owner.write();
  elsewhere->query(hold_key, store::params(7, command_with_key(7, 1).key->hash));
  batcher.submit(7, post, command_with_key(7, 1, "\\x00"), outcomes.next());
  REQUIRE(world.wait_for_blocked());
  for (int i = 1; i <= 15; ++i)
    batcher.submit(7, post, command_with_key(7, 1, "\\x00"), outcomes.next());
  batcher.submit(8, post, command_with_key(8, 1), outcomes.next());
  elsewhere->commit();
  elsewhere.reset();
  REQUIRE(outcomes.wait_for(17));
  REQUIRE(outcomes.errors() == 0);
  auto command = command_with_key(7, 1);
  for (std::size_t i = 0; i < 16; ++i)
    CHECK(commands::read_replay(command, outcomes.reply(i).row(), 6));
  CHECK(made(outcomes.reply(16)));
  CHECK(world.count("likes") == 1);
}

TEST_CASE("one locked post among five hundred fails alone and is retried until it is unlocked") {
  BatcherFixture world(300ms);
  const auto locked = world.add_post();
  const auto others = world.add_posts(499);
  CommandBatcher batcher(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  {
    const auto tx = world.lock(locked);
    batcher.submit(1, locked, {}, outcomes.next());
    for (const auto post : others) batcher.submit(1, post, {}, outcomes.next());
    batcher.submit(2, locked, {}, outcomes.next());
    batcher.submit(3, locked, command_with_key(3, 1), outcomes.next());
    REQUIRE(outcomes.wait_for(502));
    CHECK(outcomes.errors() == 3);
    for (const std::size_t i : {0U, 500U}) {
      REQUIRE(outcomes.error(i) != nullptr);
      CHECK(outcomes.error(i)->code() == ErrorCode::unavailable);
      CHECK(outcomes.error(i)->retry_after() == 1s);
    }
    REQUIRE(outcomes.error(501) != nullptr);
    CHECK(outcomes.error(501)->code() == ErrorCode::conflict);
  }
  CHECK(world.count("likes") == 499);
  CHECK(world.count("idempotency_keys") == 0);
  CHECK_FALSE(batcher.execute(1, locked, {}).row().is_null(2));
  CHECK(world.count("likes") == 500);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("while commands wait for a locked post, the batcher executes the others") {
  BatcherFixture world(30s);
  const auto locked = world.add_post();
  const auto free = world.add_post();
  CommandBatcher batcher(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  auto tx = std::make_optional(world.lock(locked));
  batcher.submit(1, locked, {}, outcomes.next());
  REQUIRE(world.wait_for_blocked());
  for (Id user = 2; user <= 50; ++user) {
    batcher.submit(user, free, {}, outcomes.next());
    batcher.submit(user, locked, {}, outcomes.next());
  }
  CHECK(outcomes.wait_for(49));
  CHECK(world.count("likes WHERE post_id = " + std::to_string(free)) == 49);
  CHECK(outcomes.count() == 49);
  tx.reset();
  REQUIRE(outcomes.wait_for(99));
  CHECK(outcomes.errors() == 0);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(locked)) == 50);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("an invalid row fails alone, without failing its post or its batch") {
  BatcherFixture world;
  const auto bad = world.add_post(), mixed = world.add_post();
  world.fresh.execute(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.post_id = " +
      std::to_string(bad) + " OR NEW.user_id = 666 THEN RAISE EXCEPTION 'no such like'; END IF; " +
      "RETURN NEW; END $$");
  world.fresh.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON likes FOR EACH ROW EXECUTE FUNCTION refuse()");
  BlockedBatcher held(world, world.long_timeouts());
  for (const auto post : world.add_posts(200)) {
    held.batcher.submit(2, post, {}, held.outcomes.next());
  }
  held.batcher.submit(2, bad, {}, held.outcomes.next());
  for (Id user = 600; user < 700; ++user) {
    held.batcher.submit(user, mixed, command_with_key(user, 1), held.outcomes.next());
  }
  held.release();
  REQUIRE(held.outcomes.wait_for(302));
  CHECK(held.outcomes.errors() == 2);
  REQUIRE(held.outcomes.error(201) != nullptr);
  CHECK(held.outcomes.error(201)->code() == ErrorCode::internal);
  REQUIRE(held.outcomes.error(202 + 66) != nullptr);
  CHECK(world.count("likes") == 300);
  CHECK(world.count("idempotency_keys") == 99);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("a key that is held elsewhere is a conflict for its command alone, not for its post") {
  BatcherFixture world(300ms);
  const auto post = world.add_post();
  CommandBatcher batcher(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  auto elsewhere = world.owner.write();
  elsewhere.query(hold_key, store::params(7, command_with_key(7, 1).key->hash));
  for (Id user = 5; user < 10; ++user)
    batcher.submit(user, post, command_with_key(user, 1), outcomes.next());
  REQUIRE(outcomes.wait_for(5));
  CHECK(outcomes.errors() == 1);
  REQUIRE(outcomes.error(2) != nullptr);
  CHECK(outcomes.error(2)->code() == ErrorCode::conflict);
  CHECK(outcomes.error(2)->retry_after() == 1s);
  CHECK(world.count("likes") == 4);
}

TEST_CASE("a command whose deadline passes while it waits is answered and never executed") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto post = world.add_post();
  held.batcher.submit(2, post, command_with_deadline(200ms), held.outcomes.next());
  held.batcher.submit(3, post, {}, held.outcomes.next());
  REQUIRE(held.outcomes.wait_for(1));
  REQUIRE(held.outcomes.has(1));
  REQUIRE(held.outcomes.error(1) != nullptr);
  CHECK(held.outcomes.error(1)->code() == ErrorCode::unavailable);
  CHECK(held.outcomes.error(1)->retry_after() == 1s);
  CHECK(std::string(held.outcomes.error(1)->what()) == "too busy, try again");
  held.release();
  REQUIRE(held.outcomes.wait_for(3));
  CHECK(held.outcomes.errors() == 1);
  CHECK(world.count("likes WHERE user_id = 2") == 0);
  CHECK(world.count("likes WHERE user_id = 3") == 1);
}

TEST_CASE(
    "a command whose deadline passes during execution is answered that its outcome is unknown") {
  BatcherFixture world;
  CommandBatcher batcher(world.database, sql::likes::like, world.long_timeouts());
  const auto post = world.add_post();
  Outcomes outcomes;
  {
    const auto tx = world.lock(post);
    batcher.submit(2, post, command_with_deadline(300ms), outcomes.next());
    REQUIRE(world.wait_for_blocked());
    REQUIRE(outcomes.wait_for(1));
    REQUIRE(outcomes.error(0) != nullptr);
    CHECK(std::string(outcomes.error(0)->what()) ==
          "not done in time, but may still take effect: try again");
  }
  CHECK_FALSE(batcher.execute(3, post, {}).row().is_null(2));  // ran after the other one
  CHECK(world.count("likes") == 2);
  CHECK(outcomes.count() == 1);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("a full queue refuses a command immediately") {
  BatcherFixture world;
  auto options = world.long_timeouts();
  options.max_pending = 10;
  BlockedBatcher held(world, options);
  const auto post = world.add_post();
  for (Id user = 1; user <= 12; ++user) held.batcher.submit(user, post, {}, held.outcomes.next());
  CHECK(held.outcomes.count() == 2);
  for (const std::size_t i : {11U, 12U}) {
    REQUIRE(held.outcomes.has(i));
    REQUIRE(held.outcomes.error(i) != nullptr);
    CHECK(held.outcomes.error(i)->code() == ErrorCode::unavailable);
    CHECK(held.outcomes.error(i)->retry_after() == 1s);
  }
  held.release();
  REQUIRE(held.outcomes.wait_for(13));
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 10);
}

TEST_CASE("one user with thousands of keys for one like does not fill the queue") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto post = world.add_post();
  for (int i = 1; i <= 5000; ++i)
    held.batcher.submit(7, post, command_with_key(7, i), held.outcomes.next());
  CHECK(held.outcomes.count() == 5000 - 17);  // one for the next statement, and sixteen behind it
  for (const std::size_t i : {18U, 5000U}) {
    REQUIRE(held.outcomes.has(i));
    REQUIRE(held.outcomes.error(i) != nullptr);
    CHECK(held.outcomes.error(i)->code() == ErrorCode::conflict);
    CHECK(held.outcomes.error(i)->retry_after() == 1s);
  }
  for (Id user = 100; user < 140; ++user) held.batcher.submit(user, post, {}, held.outcomes.next());
  held.release();
  REQUIRE(held.outcomes.wait_for(5041));
  CHECK(held.outcomes.errors() == 5000 - 17);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 41);
  CHECK(world.count("idempotency_keys") == 17);
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("commands that wait for one locked post do not fill the queue") {
  BatcherFixture world(300ms);
  CommandBatcher::Options options{"like"};
  options.max_pending = 100;
  const auto locked = world.add_post(), free = world.add_post();
  CommandBatcher batcher(world.database, sql::likes::like, options);
  Outcomes outcomes;
  std::optional<store::WriteTx> tx(world.lock(locked));
  batcher.submit(1, locked, {}, outcomes.next());
  REQUIRE(outcomes.wait_for(1));  // the post is known as locked now
  for (Id user = 2; user <= 100; ++user) batcher.submit(user, locked, {}, outcomes.next());
  CHECK(made(batcher.execute(200, free, {})));
  // A quarter of the queue waits, and another quarter is being tried.
  CHECK(outcomes.count() >= 1 + 99 - 2 * 25);
  tx.reset();
  REQUIRE(outcomes.wait_for(100));
}

TEST_CASE("a user's keyed commands that wait for a locked post are refused as conflicts") {
  BatcherFixture world(300ms);
  const auto locked = world.add_post();
  CommandBatcher batcher(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  std::optional<store::WriteTx> tx(world.lock(locked));
  batcher.submit(1, locked, {}, outcomes.next());
  REQUIRE(outcomes.wait_for(1));  // the post is known as locked now
  constexpr std::size_t sent = 60, room = 2 * 18;
  for (std::size_t i = 1; i <= sent; ++i) {
    batcher.submit(7, locked, command_with_key(7, static_cast<int>(i)), outcomes.next());
    std::this_thread::yield();
  }
  REQUIRE(outcomes.wait_for(1 + sent - room));
  tx.reset();
  REQUIRE(outcomes.wait_for(1 + sent));
  for (std::size_t i = 1; i <= sent; ++i) {
    INFO(i);
    if (outcomes.error(i) != nullptr) CHECK(outcomes.error(i)->code() == ErrorCode::conflict);
  }
}

TEST_CASE("closing a full batcher executes all pending commands and accepts no new ones") {
  BatcherFixture world;
  BlockedBatcher held(world, world.long_timeouts());
  const auto posts = world.add_posts(7);
  for (Id user = 1; user <= 1200; ++user) {
    held.batcher.submit(user, posts[static_cast<std::size_t>(user) % posts.size()], {},
                        held.outcomes.next());
  }
  std::thread closing([&] { held.batcher.close(); });
  // Sends probes until the batcher is closed: then it refuses them at once.
  std::size_t probes = 0;
  for (bool closed = false; !closed && probes < 2500; ++probes) {
    held.batcher.submit(5000 + static_cast<Id>(probes), posts[0], {}, held.outcomes.next());
    closed = held.outcomes.count() > 0;
    std::this_thread::sleep_for(1ms);
  }
  CHECK(held.outcomes.count() == 1);
  held.release();
  closing.join();
  CHECK(held.outcomes.count() == 1201 + probes);
  CHECK(held.outcomes.errors() == 1);
  CHECK(world.count("likes") == static_cast<std::int64_t>(1200 + probes));
  CHECK(world.count_inconsistencies() == 0);
}

TEST_CASE("a batcher whose database is unreachable reports it, and recovers with the database") {
  BatcherFixture world;
  const auto post = world.add_post();
  CommandBatcher batcher(world.database, sql::likes::like, {"like"});
  CHECK_FALSE(batcher.execute(1, post, {}).row().is_null(2));
  world.fresh.execute("ALTER ROLE feedctl_app CONNECTION LIMIT 0");
  world.fresh.execute(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = "
      "'feedctl_app'");
  try {
    batcher.execute(2, post, {});
    FAIL("there was no connection");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
  }
  world.fresh.execute("ALTER ROLE feedctl_app CONNECTION LIMIT -1");
  CHECK_FALSE(batcher.execute(3, post, {}).row().is_null(2));
  CHECK(world.count_inconsistencies() == 0);
}
