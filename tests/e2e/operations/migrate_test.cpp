// feedctl migrate against a real PostgreSQL.
#include <csignal>
#include <optional>
#include <thread>

#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"

using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

RunOptions with(const FreshDatabase& database) {
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  return options;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Holds the migrator's lock for a while, in a session of its own.
class MigrationLockHolder {
 public:
  MigrationLockHolder(const FreshDatabase& database, int seconds)
      : thread_([&database, seconds] {
          database.execute(
              "SELECT pg_advisory_lock(hashtextextended('feedctl.migrate', 0)), pg_sleep(" +
              std::to_string(seconds) + ")");
        }) {
    while (
        database.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())") == "0") {
      std::this_thread::sleep_for(10ms);
    }
  }
  ~MigrationLockHolder() { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace

TEST_CASE("migrate up brings an empty database up to date, and a second run finds nothing to do") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto options = with(database);
  CHECK(run_feedctl({"migrate", "status", "--check"}, options).exit_code == 3);
  const auto first = run_feedctl({"migrate", "up"}, options);
  CHECK(first.exit_code == 0);
  CHECK(contains(first.err, "applied 0001_core in "));
  const auto again = run_feedctl({"migrate", "up", "-o", "json"}, options);
  CHECK(again.exit_code == 0);
  CHECK(contains(again.out, "\"applied\":[],\"dry_run\":false"));
  CHECK(again.err == "");
  CHECK(run_feedctl({"migrate", "status", "--check"}, options).exit_code == 0);
  CHECK(run_feedctl({"migrate", "verify"}, options).exit_code == 0);
  // What serve needs is there: the keys of the server, partitions of the log, and its rights.
  CHECK(database.execute("SELECT count(*) >= 1 FROM server_keys") == "t");
  CHECK(database.execute("SELECT count(*) FROM signing_keys WHERE verify_until IS NULL") == "1");
  CHECK(database.execute("SELECT feedctl_event_parts_ahead() >= 7") == "t");
}

TEST_CASE("migrate up creates as many partitions of the log as serve and work maintain") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  auto options = with(database);
  options.environment.push_back("FEEDCTL_EVENTS_PARTS_AHEAD=12");
  REQUIRE(run_feedctl({"migrate", "up"}, options).exit_code == 0);
  CHECK(database.execute("SELECT feedctl_event_parts_ahead()") == "12");
}

TEST_CASE("a dry run applies everything and rolls it back") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto options = with(database);
  const auto dry = run_feedctl({"migrate", "up", "--dry-run"}, options);
  CHECK(dry.exit_code == 0);
  CHECK(contains(dry.out, "(dry run: nothing was kept)"));
  CHECK(database.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0");
}

TEST_CASE("a migration changed since it was applied is refused with each command's exit code") {
  const FreshDatabase database;
  const auto options = with(database);
  database.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE version = 1");
  const auto verify = run_feedctl({"migrate", "verify"}, options);
  CHECK(verify.exit_code == 3);
  CHECK(contains(verify.out, "0001_core is not the file that was applied"));
  const auto json = run_feedctl({"migrate", "verify", "-o", "json"}, options);
  CHECK(json.exit_code == 3);
  CHECK(contains(json.out, "\"ok\":false"));
  CHECK(contains(json.out, "\"changed\":[\"0001_core\"]"));
  CHECK(run_feedctl({"migrate", "up"}, options).exit_code == 65);
  CHECK(run_feedctl({"migrate", "status"}, options).exit_code == 0);
  CHECK(run_feedctl({"migrate", "status", "--check"}, options).exit_code == 3);
}

TEST_CASE("a schema newer than the binary is refused") {
  const FreshDatabase database;
  const auto options = with(database);
  database.execute(
      "INSERT INTO schema_migrations (version, name, sha256, milliseconds) VALUES (9999, 'later', "
      "'x', 1)");
  CHECK(run_feedctl({"migrate", "verify"}, options).exit_code == 3);
  const auto up = run_feedctl({"migrate", "up"}, options);
  CHECK(up.exit_code == 65);
  CHECK(contains(up.err, "newer than this binary"));
  CHECK(contains(up.err, "hint: "));
  CHECK(run_feedctl({"doctor"}, options).exit_code == 3);
}

TEST_CASE("while another migrate runs, the next one waits, and exits with 75 on time-out") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto options = with(database);
  {
    const MigrationLockHolder holder(database, 4);
    const auto busy = run_feedctl({"migrate", "up", "--lock-wait", "1s"}, options);
    CHECK(busy.exit_code == 75);
    CHECK(contains(busy.err, "another migrate is running"));
    const auto patient = run_feedctl({"migrate", "up", "--lock-wait", "30s"}, options);
    CHECK(patient.exit_code == 0);
  }
  CHECK(run_feedctl({"migrate", "status", "--check"}, options).exit_code == 0);
}

TEST_CASE("migrate up waits for the configured time, of any length") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const MigrationLockHolder holder(database, 5);
  const auto waited = run_feedctl({"migrate", "up", "--lock-wait", "9999999d"}, with(database));
  INFO(waited.err);
  CHECK(waited.exit_code == 0);
}

TEST_CASE("two concurrent migrates apply each file once, and both succeed") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto options = with(database);
  RunResult one, two;
  std::thread other([&] { one = run_feedctl({"migrate", "up"}, options); });
  two = run_feedctl({"migrate", "up"}, options);
  other.join();
  CHECK(one.exit_code == 0);
  CHECK(two.exit_code == 0);
  const bool applied_by_one = contains(one.err, "applied 0001_core");
  const bool applied_by_two = contains(two.err, "applied 0001_core");
  CHECK(applied_by_one != applied_by_two);
}

TEST_CASE("Ctrl-C ends a waiting migrate with 130") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const MigrationLockHolder holder(database, 3);
  BackgroundProcess waiting({feedctl_binary(), "migrate", "up"}, with(database));
  std::this_thread::sleep_for(500ms);
  REQUIRE(waiting.is_running());
  waiting.signal(SIGINT);
  const auto code = waiting.wait(60s);
  REQUIRE(code);
  CHECK(*code == 130);
}

TEST_CASE("a command on a database without tables names the command that creates them") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto result = run_feedctl({"users", "list"}, with(database));
  CHECK(result.exit_code != 0);
  CHECK(contains(result.err, "feedctl migrate up"));
}
