// The partitions of the event log under a running server.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/server_process.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

// Of a database whose schema the binary under test has made.
struct PartitionedLogServer {
  PartitionedLogServer() {
    REQUIRE(feedctl({"migrate", "up"}).exit_code == 0);
    serve.emplace(database);
  }

  RunResult feedctl(const std::vector<std::string>& arguments) const {
    RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                           "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal(),
                           "FEEDCTL_CONFIG"};
    return run_feedctl(arguments, options);
  }

  // A new user: an event is written with it.
  HttpResponse write() {
    return serve->client().post("/v1/users", "{\"handle\":\"u" + std::to_string(++users) + "\"}");
  }
  HttpResponse is_ready() const { return serve->client().get("/health/ready"); }
  std::string events() const { return database.execute("SELECT count(*) FROM events"); }

  // What doctor finds; "" where it does not speak of that.
  std::string state(const std::string& check) const {
    const auto found = json::parse(feedctl({"doctor", "-o", "json"}).out);
    for (const auto& item : *found.array())
      if (*item.find("check")->text() == check) return *item.find("state")->text();
    return "";
  }

  std::string today() const {
    return database.execute("SELECT 'events_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')");
  }

  const FreshDatabase database{FreshDatabase::Schema::empty};
  std::optional<ServerProcess> serve;
  int users = 0;
};

}  // namespace

TEST_CASE("a running server creates the partitions of the log ahead of time") {
  const FreshDatabase database;
  const auto days_ahead = [&] { return database.execute("SELECT feedctl_event_parts_ahead()"); };
  REQUIRE(days_ahead() != "12");
  const ServerProcess serve(database, {{"events.parts_ahead", "12"}});
  CHECK(eventually([&] { return days_ahead() == "12"; }));
}

TEST_CASE("writes continue after today's partition of the log is dropped") {
  PartitionedLogServer town;
  town.database.execute("DROP TABLE " + town.today());
  CHECK(town.write().status == 201);
  CHECK(town.events() == "1");
  CHECK(town.is_ready().status == 200);
  CHECK(town.state("log_parts") == "ok");
}

TEST_CASE("writes continue after today's partition of the log is detached, and no event is lost") {
  PartitionedLogServer town;
  CHECK(town.write().status == 201);
  town.database.execute("ALTER TABLE events DETACH PARTITION " + town.today());
  CHECK(town.write().status == 201);
  CHECK(town.events() == "2");
  town.database.execute("ALTER TABLE events DETACH PARTITION " + town.today());
  CHECK(town.feedctl({"migrate", "up"}).exit_code == 0);
  CHECK(town.events() == "2");
}

TEST_CASE(
    "a server that cannot create a partition of the log is not ready, answers 503, and doctor "
    "reports it") {
  PartitionedLogServer town;
  const std::string rights = " EXECUTE ON FUNCTION feedctl_make_event_parts(integer) ";
  town.database.execute("REVOKE" + rights + "FROM feedctl_app");
  town.database.execute("DROP TABLE " + town.today());
  const auto refused = town.write();
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.header("retry-after").empty());
  const auto ready = town.is_ready();
  CHECK(ready.status == 503);
  CHECK(ready.body.find("no partition for the present time") != std::string::npos);
  CHECK(town.state("log_parts") == "error");
  town.database.execute("GRANT" + rights + "TO feedctl_app");
  CHECK(eventually(120s, [&] { return town.write().status == 201; }));
  CHECK(town.is_ready().status == 200);
}

TEST_CASE(
    "doctor reports a DEFAULT partition of the log, and its events get partitions of their own") {
  PartitionedLogServer town;
  town.database.execute("DROP TABLE " + town.today());
  town.database.execute("CREATE TABLE events_rest PARTITION OF events DEFAULT");
  town.database.execute("ALTER TABLE events_rest OWNER TO feedctl_owner");
  CHECK(town.write().status == 201);
  CHECK(town.is_ready().status == 200);
  CHECK(town.state("log_default_part") == "warning");
  CHECK(town.feedctl({"migrate", "up"}).exit_code == 0);
  CHECK(town.database.execute("SELECT count(*) FROM events_rest") == "0");
  CHECK(town.events() == "1");
  CHECK(town.state("log_parts") == "ok");
  town.database.execute("DROP TABLE events_rest");
  CHECK(town.state("log_default_part").empty());
}

TEST_CASE("doctor warns of a log whose old partitions are not dropped") {
  PartitionedLogServer town;
  CHECK(town.write().status == 201);
  CHECK(town.state("log_oldest_part").empty());
  town.database.execute(
      "CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-02-01 00:00:00+00') TO "
      "('2025-02-02 00:00:00+00')");
  CHECK(town.state("log_oldest_part") == "warning");
}
