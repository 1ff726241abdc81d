// JobStore over PostgreSQL: claims, retries, and which failures count as a crash of the process.
#include "base/error.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/event_jobs.hpp"
#include "jobs/runner_state.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using jobs::Priority;

namespace {

store::Options options_for(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  options.pool_size = 2;
  return options;
}

void add(store::Database& database, std::chrono::seconds delay = std::chrono::seconds{0}) {
  auto tx = database.write(std::chrono::seconds{5});
  jobs::add(tx, {.kind = "test", .priority = Priority::bulk, .subject = 1, .delay = delay});
  tx.commit();
}

// In a process that has run no other job.
bool run_one(store::Database& database, const jobs::HandlerRegistry& handlers) {
  jobs::RunnerState state;
  return jobs::run_one(database, Priority::bulk, handlers, state);
}

std::string crashes(const support::FreshDatabase& fresh) {
  return fresh.execute("SELECT crashes FROM jobs");
}

void make_due(const support::FreshDatabase& fresh) {
  fresh.execute("UPDATE jobs SET not_before = now() - interval '1 second' RETURNING id");
}

// Backdates the claim by five seconds.
void expire_claim(const support::FreshDatabase& fresh) {
  make_due(fresh);
  fresh.execute("UPDATE jobs SET claimed_until = now() - interval '1 second' RETURNING id");
}

const jobs::HandlerRegistry failing{
    {"test", [](events::UnitOfWork&, const jobs::Job&) -> jobs::Chunk {
       throw Error(ErrorCode::unavailable, "away for a moment");
     }}};
const jobs::HandlerRegistry well{{"test", [](events::UnitOfWork&, const jobs::Job&) {
                                    return jobs::Chunk{"on", 1};
                                  }}};

}  // namespace

TEST_CASE("a process leaves jobs of kinds that it cannot run now alone, and counts no attempt") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  jobs::RunnerState without;
  std::vector<std::string> skipped{"other", "test"};
  without.skipped_kinds = [&] { return skipped; };
  CHECK_FALSE(jobs::run_one(database, Priority::bulk, well, without));
  CHECK(fresh.execute("SELECT attempts = 0 AND crashes = 0 AND claimed_until IS NULL FROM jobs") ==
        "t");
  CHECK(run_one(database, well));
  CHECK(fresh.execute("SELECT done FROM jobs") == "1");
  skipped = {"other"};
  CHECK(jobs::run_one(database, Priority::bulk, well, without));
  CHECK(fresh.execute("SELECT done FROM jobs") == "2");
}

TEST_CASE("jobs that may not start yet do not count as waiting") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database, std::chrono::hours{1});
  const auto backlog = jobs::backlog(database);
  CHECK(backlog.open[1] == 1);
  CHECK(backlog.oldest.count() == 0);
}

TEST_CASE("a failure that is recorded late is not a crash, whoever owns the job by then") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  // The first report of a failure fails. A sequence counts it, as it keeps its value in a rollback.
  fresh.execute("CREATE SEQUENCE told; SELECT 1");
  fresh.execute(
      "CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF "
      "nextval('told') = 1 THEN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END IF; RETURN "
      "NEW; END $$; SELECT 1");
  fresh.execute(
      "CREATE TRIGGER once BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.error IS NOT NULL) EXECUTE "
      "FUNCTION once(); SELECT 1");
  jobs::RunnerState here, there;
  SECTION("still the one that failed") {
    CHECK_THROWS(jobs::run_one(database, Priority::bulk, failing, here));
    expire_claim(fresh);
    jobs::run_one(database, Priority::bulk, failing, here);
  }
  SECTION("another process, which took it for a crash and failed as well") {
    CHECK_THROWS(jobs::run_one(database, Priority::bulk, failing, here));
    expire_claim(fresh);
    CHECK(jobs::run_one(database, Priority::bulk, failing, there));
    CHECK(crashes(fresh) == "1");
    jobs::run_one(database, Priority::bulk, failing, here);
  }
  CHECK(crashes(fresh) == "0");
  CHECK(fresh.execute("SELECT claimed_until IS NULL AND attempts = 0 FROM jobs") == "t");
}

TEST_CASE(
    "an expired claim counts as a crash until a chunk is done; the third dead-letters the job") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  CHECK(run_one(database, failing));
  for (const auto* so_far : {"1", "2"}) {
    expire_claim(fresh);
    CHECK(run_one(database, failing));
    CHECK(crashes(fresh) == so_far);
  }
  SECTION("buried") {
    expire_claim(fresh);
    CHECK(run_one(database, well));
    CHECK(fresh.execute("SELECT error FROM dead_events") == "ended its process 3 times");
  }
  SECTION("done") {
    make_due(fresh);
    CHECK(run_one(database, well));
    CHECK(crashes(fresh) == "0");
    CHECK(fresh.execute("SELECT done FROM jobs") == "1");
  }
}

TEST_CASE("a broker receives each dead letter once, even if committed late") {
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
  CHECK(jobs::list_unpublished_dead_letters(database, 1).size() == 1);
  jobs::mark_published(database, {2, 3});
  CHECK(jobs::list_unpublished_dead_letters(database, 100).empty());
  bury("1");
  const auto late = jobs::list_unpublished_dead_letters(database, 100);
  REQUIRE(late.size() == 1);
  CHECK(late[0].id == 1);
}

TEST_CASE("a job delayed by a clock that was ahead runs once the clock is corrected") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  SECTION("a job that has failed") {
    CHECK(run_one(database, failing));
    fresh.execute("UPDATE jobs SET not_before = not_before + interval '5 days' RETURNING 1");
  }
  SECTION("a job that was made, and saved a chunk") {
    CHECK(run_one(database, well));
    fresh.execute(
        "UPDATE jobs SET created_at = now() + interval '5 days', not_before = now() + interval '5 "
        "days' RETURNING 1");
  }
  SECTION("a claim of a process that has died") {
    fresh.execute("UPDATE jobs SET claimed_until = now() + interval '5 days' RETURNING 1");
  }
  REQUIRE(jobs::backlog(database).is_delayed_by_clock);
  CHECK(jobs::reschedule_after_clock_jump(database) == 1);
  CHECK_FALSE(jobs::backlog(database).is_delayed_by_clock);
  make_due(fresh);
  CHECK(run_one(database, well));
  CHECK(fresh.execute("SELECT created_at <= now() AND not_before <= now() + interval '1 second' "
                      "FROM jobs") == "t");
}

TEST_CASE("a delayed job is not brought forward to before its delay") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database, std::chrono::hours{24});
  CHECK_FALSE(jobs::backlog(database).is_delayed_by_clock);
  CHECK(jobs::reschedule_after_clock_jump(database) == 0);
  fresh.execute("UPDATE jobs SET not_before = not_before + interval '5 days' RETURNING 1");
  CHECK(jobs::reschedule_after_clock_jump(database) == 1);
  CHECK(fresh.execute("SELECT not_before > now() + interval '23 hours' AND not_before < now() + "
                      "interval '25 hours' FROM jobs") == "t");
}

TEST_CASE("a job of an older version without a recorded delay keeps its time") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  fresh.execute(
      "INSERT INTO jobs (kind, lane, subject, not_before) VALUES ('remove_account', 2, 1, now() + "
      "interval '24 hours'), ('test', 2, 2, now() + interval '4 minutes') RETURNING 1");
  CHECK_FALSE(jobs::backlog(database).is_delayed_by_clock);
  CHECK(jobs::reschedule_after_clock_jump(database) == 0);
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
  CHECK(jobs::backlog(database).is_delayed_by_clock);
  CHECK(jobs::reschedule_after_clock_jump(database) == 2);
  CHECK(times() == before);
  CHECK(fresh.execute("SELECT not_before < now() + interval '1 hour' FROM jobs WHERE subject = "
                      "3") == "t");
  CHECK_FALSE(jobs::backlog(database).is_delayed_by_clock);
}

TEST_CASE("a job that failed in an older version without a recorded delay is not postponed") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  fresh.execute("UPDATE jobs SET not_before = now() + interval '5 minutes' RETURNING 1");
  CHECK_FALSE(jobs::backlog(database).is_delayed_by_clock);
  CHECK(jobs::reschedule_after_clock_jump(database) == 0);
}

TEST_CASE("a running job keeps its owner, however far ahead its claim lies") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  add(database);
  const jobs::HandlerRegistry looked_at{{"test", [&](events::UnitOfWork&, const jobs::Job&) {
                                           fresh.execute("SELECT 1");
                                           CHECK(jobs::reschedule_after_clock_jump(database) == 0);
                                           return jobs::Chunk{};
                                         }}};
  fresh.execute("UPDATE jobs SET created_at = now() + interval '5 days' RETURNING 1");
  CHECK(run_one(database, looked_at));
  CHECK(fresh.execute("SELECT count(*) FROM jobs") == "0");
}

TEST_CASE("dead letters are deleted after their retention time") {
  const support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  fresh.execute(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at, "
      "died_at) SELECT 'test', 0, n, '{}', 8, 0, 'x', now(), "
      "now() - n * interval '1 day' + interval '1 hour' FROM "
      "generate_series(1, 40) n");
  using std::chrono::hours;
  CHECK(jobs::prune_dead_letters(database, hours{24 * 30}, now() - hours{24 * 5}) == 5);
  CHECK(jobs::prune_dead_letters(database, hours{24 * 30}, now()) == 5);
  CHECK(jobs::prune_dead_letters(database, hours{24 * 30}, now()) == 0);
  CHECK(fresh.execute("SELECT max(subject) FROM dead_events") == "30");
}
