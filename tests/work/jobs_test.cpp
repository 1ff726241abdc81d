// Jobs over PostgreSQL: who claims what, and what counts as a crash of its process.
#include "base/error.hpp"
#include "jobs/lanes.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using jobs::Lane;

namespace {

store::Options options_for(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.url();
  options.connect_timeout = std::chrono::seconds{30};
  options.pool_size = 2;
  return options;
}

void add(store::Database& database, std::chrono::seconds delay = std::chrono::seconds{0}) {
  auto tx = database.write(std::chrono::seconds{5});
  jobs::add(tx, {.kind = "test", .lane = Lane::bulk, .subject = 1, .delay = delay});
  tx.commit();
}

std::string crashes(const support::FreshDatabase& fresh) {
  return fresh.execute("SELECT crashes FROM jobs");
}

void due_now(const support::FreshDatabase& fresh) {
  fresh.execute("UPDATE jobs SET not_before = now() - interval '1 second' RETURNING id");
}

// As if the claim had been taken five seconds ago.
void run_out(const support::FreshDatabase& fresh) {
  due_now(fresh);
  fresh.execute("UPDATE jobs SET claimed_until = now() - interval '1 second' RETURNING id");
}

const jobs::Kinds failing{{"test", [](events::Unit&, const jobs::Job&) -> jobs::Chunk {
                             throw Error(ErrorCode::unavailable, "away for a moment");
                           }}};
const jobs::Kinds well{{"test", [](events::Unit&, const jobs::Job&) {
                          return jobs::Chunk{"on", 1};
                        }}};

}  // namespace

TEST_CASE("jobs that may not begin yet do not wait") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database, std::chrono::hours{1});
  const auto backlog = jobs::backlog(database);
  CHECK(backlog.open[1] == 1);
  CHECK(backlog.oldest.count() == 0);
}

TEST_CASE("a failure that the database hears of late is no crash, whoever has the job by then") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  // Telling of a failure fails once; a sequence outlives the statement that it was drawn in.
  fresh.execute("CREATE SEQUENCE told; SELECT 1");
  fresh.execute(
      "CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF "
      "nextval('told') = 1 THEN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END IF; RETURN "
      "NEW; END $$; SELECT 1");
  fresh.execute(
      "CREATE TRIGGER once BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.error IS NOT NULL) EXECUTE "
      "FUNCTION once(); SELECT 1");
  jobs::Lanes here, there;
  SECTION("still the one that failed") {
    CHECK_THROWS(jobs::run_one(database, Lane::bulk, failing, here));
    run_out(fresh);
    jobs::run_one(database, Lane::bulk, failing, here);
  }
  SECTION("another process, which took it for a crash and failed as well") {
    CHECK_THROWS(jobs::run_one(database, Lane::bulk, failing, here));
    run_out(fresh);
    CHECK(jobs::run_one(database, Lane::bulk, failing, there));
    CHECK(crashes(fresh) == "1");
    jobs::run_one(database, Lane::bulk, failing, here);
  }
  CHECK(crashes(fresh) == "0");
  CHECK(fresh.execute("SELECT claimed_until IS NULL AND attempts = 0 FROM jobs") == "t");
}

TEST_CASE("a claim that ran out is a crash, until a chunk is done; the third buries the job") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  CHECK(jobs::run_one(database, Lane::bulk, failing));
  for (const auto* so_far : {"1", "2"}) {
    run_out(fresh);
    CHECK(jobs::run_one(database, Lane::bulk, failing));
    CHECK(crashes(fresh) == so_far);
  }
  SECTION("buried") {
    run_out(fresh);
    CHECK(jobs::run_one(database, Lane::bulk, well));
    CHECK(fresh.execute("SELECT error FROM dead_events") == "ended its process 3 times");
  }
  SECTION("done") {
    due_now(fresh);
    CHECK(jobs::run_one(database, Lane::bulk, well));
    CHECK(crashes(fresh) == "0");
    CHECK(fresh.execute("SELECT done FROM jobs") == "1");
  }
}

TEST_CASE("a broker is told of each dead letter once, also of one that was committed late") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  const auto bury = [&](const std::string& id) {
    fresh.execute(
        "INSERT INTO dead_events (id, kind, lane, subject, payload, attempts, crashes, error, "
        "created_at) VALUES (" +
        id + ", 'test', 0, 1, '{}', 8, 0, 'broken', now()) RETURNING id");
  };
  bury("2");
  bury("3");
  CHECK(jobs::unpublished_dead(database, 1).size() == 1);
  jobs::mark_published(database, {2, 3});
  CHECK(jobs::unpublished_dead(database, 100).empty());
  bury("1");
  const auto late = jobs::unpublished_dead(database, 100);
  REQUIRE(late.size() == 1);
  CHECK(late[0].id == 1);
}

TEST_CASE("what a clock that was ahead has put off goes on once the clock is right") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  SECTION("a job that has failed") {
    CHECK(jobs::run_one(database, Lane::bulk, failing));
    fresh.execute("UPDATE jobs SET not_before = not_before + interval '5 days' RETURNING 1");
  }
  SECTION("a job that was made, and saved a chunk") {
    CHECK(jobs::run_one(database, Lane::bulk, well));
    fresh.execute(
        "UPDATE jobs SET created_at = now() + interval '5 days', not_before = now() + interval '5 "
        "days' RETURNING 1");
  }
  SECTION("a claim of a process that has died") {
    fresh.execute("UPDATE jobs SET claimed_until = now() + interval '5 days' RETURNING 1");
  }
  REQUIRE(jobs::backlog(database).put_off);
  CHECK(jobs::bring_forward(database) == 1);
  CHECK_FALSE(jobs::backlog(database).put_off);
  due_now(fresh);
  CHECK(jobs::run_one(database, Lane::bulk, well));
  CHECK(fresh.execute("SELECT created_at <= now() AND not_before <= now() + interval '1 second' "
                      "FROM jobs") == "t");
}

TEST_CASE("a job that is to wait is brought forward no nearer than it was to wait") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database, std::chrono::hours{24});
  CHECK_FALSE(jobs::backlog(database).put_off);
  CHECK(jobs::bring_forward(database) == 0);
  fresh.execute("UPDATE jobs SET not_before = not_before + interval '5 days' RETURNING 1");
  CHECK(jobs::bring_forward(database) == 1);
  CHECK(fresh.execute("SELECT not_before > now() + interval '23 hours' AND not_before < now() + "
                      "interval '25 hours' FROM jobs") == "t");
}

TEST_CASE("a job of an older feedctl, which does not note how long it is to wait, keeps its time") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  fresh.execute(
      "INSERT INTO jobs (kind, lane, subject, not_before) VALUES ('remove_account', 2, 1, now() + "
      "interval '24 hours'), ('test', 2, 2, now() + interval '4 minutes') RETURNING 1");
  CHECK_FALSE(jobs::backlog(database).put_off);
  CHECK(jobs::bring_forward(database) == 0);
  const auto times = [&] {
    return fresh.execute(
        "SELECT string_agg(not_before::text, ' ' ORDER BY id) FROM jobs WHERE subject < 3");
  };
  const auto before = times();
  fresh.execute(
      "UPDATE jobs SET claimed_until = now() + interval '5 days' WHERE subject = 2 RETURNING 1");
  fresh.execute(
      "INSERT INTO jobs (kind, lane, subject, not_before) VALUES ('test', 2, 3, now() + interval "
      "'5 days') RETURNING 1");
  CHECK(jobs::backlog(database).put_off);
  CHECK(jobs::bring_forward(database) == 2);
  CHECK(times() == before);
  CHECK(fresh.execute("SELECT not_before < now() + interval '1 hour' FROM jobs WHERE subject = "
                      "3") == "t");
  CHECK_FALSE(jobs::backlog(database).put_off);
}

TEST_CASE("a job that failed in an older feedctl, which sets no wait, is not put off") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  fresh.execute("UPDATE jobs SET not_before = now() + interval '5 minutes' RETURNING 1");
  CHECK_FALSE(jobs::backlog(database).put_off);
  CHECK(jobs::bring_forward(database) == 0);
}

TEST_CASE("who is at work on a job keeps it, however far ahead its claim lies") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  const jobs::Kinds looked_at{{"test", [&](events::Unit&, const jobs::Job&) {
                                 fresh.execute("SELECT 1");
                                 CHECK(jobs::bring_forward(database) == 0);
                                 return jobs::Chunk{};
                               }}};
  fresh.execute("UPDATE jobs SET created_at = now() + interval '5 days' RETURNING 1");
  CHECK(jobs::run_one(database, Lane::bulk, looked_at));
  CHECK(fresh.execute("SELECT count(*) FROM jobs") == "0");
}

TEST_CASE("dead letters go when they have been kept for long enough") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  fresh.execute(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at, "
      "died_at) SELECT 'test', 0, n, '{}', 8, 0, 'x', now(), "
      "now() - n * interval '1 day' + interval '1 hour' FROM "
      "generate_series(1, 40) n");
  using std::chrono::hours;
  CHECK(jobs::prune_dead(database, hours{24 * 30}, now() - hours{24 * 5}) == 5);
  CHECK(jobs::prune_dead(database, hours{24 * 30}, now()) == 5);
  CHECK(jobs::prune_dead(database, hours{24 * 30}, now()) == 0);
  CHECK(fresh.execute("SELECT max(subject) FROM dead_events") == "30");
}
