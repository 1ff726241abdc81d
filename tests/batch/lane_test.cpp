// What a lane does with commands that wait, and with statements that fail.
#include "world.hpp"

using namespace feedctl;
using namespace feedctl::test;
using commands::Lane;

namespace {

// A lane whose first statement stands at a locked post until let_go().
struct Held {
  explicit Held(World& world_, Lane::Options options)
      : world(world_), lane(world.database, sql::likes::like, std::move(options)) {
    held.emplace(world.lock(blocker));
    lane.submit(1, blocker, {}, outcomes.next());
    REQUIRE(world.await_locked());
  }
  void let_go() { held.reset(); }

  World& world;
  Id blocker = world.add_post();
  std::optional<store::WriteTx> held;
  Outcomes outcomes;
  Lane lane;
};

bool made(const commands::Reply& reply) {
  return !reply.row().null(2);
}

}  // namespace

TEST_CASE("what arrives while a statement is in flight goes out together, five hundred at most") {
  World world;
  Held held(world, world.patient());
  const auto post = world.add_post();
  for (Id user = 1; user <= 600; ++user) held.lane.submit(user, post, {}, held.outcomes.next());
  CHECK(held.outcomes.count() == 0);
  held.let_go();
  REQUIRE(held.outcomes.await(601));
  CHECK(held.outcomes.errors() == 0);
  CHECK(world.count("(SELECT DISTINCT xid FROM events WHERE type = 1) e") == 3);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 600);
  CHECK(world.wrong() == 0);
}

TEST_CASE("identical likes that wait share one row: one is made, all see it") {
  World world;
  Held held(world, world.patient());
  const auto post = world.add_post();
  for (int i = 0; i < 50; ++i) held.lane.submit(7, post, {}, held.outcomes.next());
  held.let_go();
  REQUIRE(held.outcomes.await(51));
  REQUIRE(held.outcomes.errors() == 0);
  int shared = 0;
  for (std::size_t i = 1; i <= 50; ++i) {
    const auto& reply = held.outcomes.reply(i);
    CHECK(made(reply));
    CHECK(reply.row().integer(2) == held.outcomes.reply(1).row().integer(2));
    shared += reply.shared ? 1 : 0;
  }
  CHECK(shared == 49);
  CHECK_FALSE(held.outcomes.reply(1).shared);
  CHECK(world.count("events WHERE type = 1 AND actor = 7") == 1);
  CHECK(world.wrong() == 0);
}

TEST_CASE("the same key twice in a lane is one command and its replay") {
  World world;
  Held held(world, world.patient());
  const auto post = world.add_post(), other = world.add_post();
  held.lane.submit(7, post, keyed(7, 1), held.outcomes.next());
  held.lane.submit(7, post, keyed(7, 1), held.outcomes.next());
  held.lane.submit(7, other, keyed(7, 1, "\\x02"), held.outcomes.next());
  held.let_go();
  REQUIRE(held.outcomes.await(4));
  REQUIRE(held.outcomes.errors() == 0);
  auto command = keyed(7, 1);
  CHECK_FALSE(commands::settle(command, held.outcomes.reply(1).row(), 6));
  const auto replay = commands::settle(command, held.outcomes.reply(2).row(), 6);
  REQUIRE(replay);
  CHECK(replay->status == 201);
  CHECK(replay->result == held.outcomes.reply(1).row().integer(2));
  try {
    commands::settle(command, held.outcomes.reply(3).row(), 6);
    FAIL("another request had the key");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unprocessable);
  }
  CHECK(world.count("likes WHERE user_id = 7") == 1);
  CHECK(world.count("idempotency_keys") == 1);
}

TEST_CASE("a key that another process commits meanwhile is found by the next run") {
  World world;
  Lane lane(world.database, sql::likes::like, world.patient());
  const auto post = world.add_post();
  Outcomes outcomes;
  std::optional<store::WriteTx> elsewhere = world.owner.write();
  elsewhere->query(hold_key, store::params(7, keyed(7, 1).key->hash));
  lane.submit(7, post, keyed(7, 1, "\\x00"), outcomes.next());
  REQUIRE(world.await_locked());
  for (int i = 1; i <= 15; ++i) lane.submit(7, post, keyed(7, 1, "\\x00"), outcomes.next());
  lane.submit(8, post, keyed(8, 1), outcomes.next());
  elsewhere->commit();
  elsewhere.reset();
  REQUIRE(outcomes.await(17));
  REQUIRE(outcomes.errors() == 0);
  auto command = keyed(7, 1);
  for (std::size_t i = 0; i < 16; ++i) CHECK(commands::settle(command, outcomes.reply(i).row(), 6));
  CHECK(made(outcomes.reply(16)));
  CHECK(world.count("likes") == 1);
}

TEST_CASE("one locked post among five hundred fails alone, and again until it is free") {
  World world(300ms);
  const auto locked = world.add_post();
  const auto others = world.add_posts(499);
  Lane lane(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  {
    const auto tx = world.lock(locked);
    lane.submit(1, locked, {}, outcomes.next());
    for (const auto post : others) lane.submit(1, post, {}, outcomes.next());
    lane.submit(2, locked, {}, outcomes.next());
    lane.submit(3, locked, keyed(3, 1), outcomes.next());
    REQUIRE(outcomes.await(502));
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
  CHECK_FALSE(lane.run(1, locked, {}).row().null(2));
  CHECK(world.count("likes") == 500);
  CHECK(world.wrong() == 0);
}

TEST_CASE("while a locked post's commands wait for it, the lane goes on with the others") {
  World world(30s);
  const auto locked = world.add_post();
  const auto free = world.add_post();
  Lane lane(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  auto tx = std::make_optional(world.lock(locked));
  lane.submit(1, locked, {}, outcomes.next());
  REQUIRE(world.await_locked());
  for (Id user = 2; user <= 50; ++user) {
    lane.submit(user, free, {}, outcomes.next());
    lane.submit(user, locked, {}, outcomes.next());
  }
  CHECK(outcomes.await(49));
  CHECK(world.count("likes WHERE post_id = " + std::to_string(free)) == 49);
  CHECK(outcomes.count() == 49);
  tx.reset();
  REQUIRE(outcomes.await(99));
  CHECK(outcomes.errors() == 0);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(locked)) == 50);
  CHECK(world.wrong() == 0);
}

TEST_CASE("a row that cannot be fails alone, not its post, not its batch") {
  World world;
  const auto bad = world.add_post(), mixed = world.add_post();
  world.fresh.execute(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.post_id = " +
      std::to_string(bad) + " OR NEW.user_id = 666 THEN RAISE EXCEPTION 'no such like'; END IF; " +
      "RETURN NEW; END $$");
  world.fresh.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON likes FOR EACH ROW EXECUTE FUNCTION refuse()");
  Held held(world, world.patient());
  for (const auto post : world.add_posts(200)) {
    held.lane.submit(2, post, {}, held.outcomes.next());
  }
  held.lane.submit(2, bad, {}, held.outcomes.next());
  for (Id user = 600; user < 700; ++user) {
    held.lane.submit(user, mixed, keyed(user, 1), held.outcomes.next());
  }
  held.let_go();
  REQUIRE(held.outcomes.await(302));
  CHECK(held.outcomes.errors() == 2);
  REQUIRE(held.outcomes.error(201) != nullptr);
  CHECK(held.outcomes.error(201)->code() == ErrorCode::internal);
  REQUIRE(held.outcomes.error(202 + 66) != nullptr);
  CHECK(world.count("likes") == 300);
  CHECK(world.count("idempotency_keys") == 99);
  CHECK(world.wrong() == 0);
}

TEST_CASE("a key that is held elsewhere is a conflict for its command alone, not for its post") {
  World world(300ms);
  const auto post = world.add_post();
  Lane lane(world.database, sql::likes::like, {"like"});
  Outcomes outcomes;
  auto elsewhere = world.owner.write();
  elsewhere.query(hold_key, store::params(7, keyed(7, 1).key->hash));
  for (Id user = 5; user < 10; ++user) lane.submit(user, post, keyed(user, 1), outcomes.next());
  REQUIRE(outcomes.await(5));
  CHECK(outcomes.errors() == 1);
  REQUIRE(outcomes.error(2) != nullptr);
  CHECK(outcomes.error(2)->code() == ErrorCode::conflict);
  CHECK(outcomes.error(2)->retry_after() == 1s);
  CHECK(world.count("likes") == 4);
}

TEST_CASE("who waits past its deadline has its answer, and has not gone out") {
  World world;
  Held held(world, world.patient());
  const auto post = world.add_post();
  held.lane.submit(2, post, due(200ms), held.outcomes.next());
  held.lane.submit(3, post, {}, held.outcomes.next());
  REQUIRE(held.outcomes.await(1));
  REQUIRE(held.outcomes.has(1));
  REQUIRE(held.outcomes.error(1) != nullptr);
  CHECK(held.outcomes.error(1)->code() == ErrorCode::unavailable);
  CHECK(held.outcomes.error(1)->retry_after() == 1s);
  CHECK(std::string(held.outcomes.error(1)->what()) == "too busy, try again");
  held.let_go();
  REQUIRE(held.outcomes.await(3));
  CHECK(held.outcomes.errors() == 1);
  CHECK(world.count("likes WHERE user_id = 2") == 0);
  CHECK(world.count("likes WHERE user_id = 3") == 1);
}

TEST_CASE("who has gone out hears at its deadline that the outcome is not known") {
  World world;
  Lane lane(world.database, sql::likes::like, world.patient());
  const auto post = world.add_post();
  Outcomes outcomes;
  {
    const auto tx = world.lock(post);
    lane.submit(2, post, due(300ms), outcomes.next());
    REQUIRE(world.await_locked());
    REQUIRE(outcomes.await(1));
    REQUIRE(outcomes.error(0) != nullptr);
    CHECK(std::string(outcomes.error(0)->what()) ==
          "not done in time, and may still be: try again");
  }
  CHECK_FALSE(lane.run(3, post, {}).row().null(2));  // behind the other one
  CHECK(world.count("likes") == 2);
  CHECK(outcomes.count() == 1);
  CHECK(world.wrong() == 0);
}

TEST_CASE("a full lane refuses at once") {
  World world;
  auto options = world.patient();
  options.waiting = 10;
  Held held(world, options);
  const auto post = world.add_post();
  for (Id user = 1; user <= 12; ++user) held.lane.submit(user, post, {}, held.outcomes.next());
  CHECK(held.outcomes.count() == 2);
  for (const std::size_t i : {11U, 12U}) {
    REQUIRE(held.outcomes.has(i));
    REQUIRE(held.outcomes.error(i) != nullptr);
    CHECK(held.outcomes.error(i)->code() == ErrorCode::unavailable);
    CHECK(held.outcomes.error(i)->retry_after() == 1s);
  }
  held.let_go();
  REQUIRE(held.outcomes.await(13));
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 10);
}

TEST_CASE("one user with thousands of keys for one like keeps nobody out of the lane") {
  World world;
  Held held(world, world.patient());
  const auto post = world.add_post();
  for (int i = 1; i <= 5000; ++i) held.lane.submit(7, post, keyed(7, i), held.outcomes.next());
  CHECK(held.outcomes.count() == 5000 - 17);  // one to go out next, and sixteen behind it
  for (const std::size_t i : {18U, 5000U}) {
    REQUIRE(held.outcomes.has(i));
    REQUIRE(held.outcomes.error(i) != nullptr);
    CHECK(held.outcomes.error(i)->code() == ErrorCode::conflict);
    CHECK(held.outcomes.error(i)->retry_after() == 1s);
  }
  for (Id user = 100; user < 140; ++user) held.lane.submit(user, post, {}, held.outcomes.next());
  held.let_go();
  REQUIRE(held.outcomes.await(5041));
  CHECK(held.outcomes.errors() == 5000 - 17);
  CHECK(world.count("likes WHERE post_id = " + std::to_string(post)) == 41);
  CHECK(world.count("idempotency_keys") == 17);
  CHECK(world.wrong() == 0);
}

TEST_CASE("those who wait for one locked post leave room in the lane for others") {
  World world(300ms);
  Lane::Options options{"like"};
  options.waiting = 100;
  const auto locked = world.add_post(), free = world.add_post();
  Lane lane(world.database, sql::likes::like, options);
  Outcomes outcomes;
  std::optional<store::WriteTx> tx(world.lock(locked));
  lane.submit(1, locked, {}, outcomes.next());
  REQUIRE(outcomes.await(1));  // known as locked now
  for (Id user = 2; user <= 100; ++user) lane.submit(user, locked, {}, outcomes.next());
  CHECK(made(lane.run(200, free, {})));
  CHECK(outcomes.count() >= 1 + 99 - 2 * 25);  // a quarter waits, and one more is being tried
  tx.reset();
  REQUIRE(outcomes.await(100));
}

TEST_CASE("closing a full lane carries out all that waits, and takes no more") {
  World world;
  Held held(world, world.patient());
  const auto posts = world.add_posts(7);
  for (Id user = 1; user <= 1200; ++user) {
    held.lane.submit(user, posts[static_cast<std::size_t>(user) % posts.size()], {},
                     held.outcomes.next());
  }
  std::thread closing([&] { held.lane.close(); });
  // Until it is closed: a probe is taken, or refused at once.
  std::size_t probes = 0;
  for (bool closed = false; !closed && probes < 1000; ++probes) {
    held.lane.submit(5000 + static_cast<Id>(probes), posts[0], {}, held.outcomes.next());
    closed = held.outcomes.count() > 0;
    std::this_thread::sleep_for(1ms);
  }
  CHECK(held.outcomes.count() == 1);
  held.let_go();
  closing.join();
  CHECK(held.outcomes.count() == 1201 + probes);
  CHECK(held.outcomes.errors() == 1);
  CHECK(world.count("likes") == static_cast<std::int64_t>(1200 + probes));
  CHECK(world.wrong() == 0);
}

TEST_CASE("a lane whose database cannot be reached says so, and goes on when it can") {
  World world;
  const auto post = world.add_post();
  Lane lane(world.database, sql::likes::like, {"like"});
  CHECK_FALSE(lane.run(1, post, {}).row().null(2));
  world.fresh.execute("ALTER ROLE feedctl_app CONNECTION LIMIT 0");
  world.fresh.execute(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = "
      "'feedctl_app'");
  try {
    lane.run(2, post, {});
    FAIL("there was no connection");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
  }
  world.fresh.execute("ALTER ROLE feedctl_app CONNECTION LIMIT -1");
  CHECK_FALSE(lane.run(3, post, {}).row().null(2));
  CHECK(world.wrong() == 0);
}
