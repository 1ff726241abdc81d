// A database that refuses every COMMIT of a worker, for a while.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

constexpr const char* refuse_commits =
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
    "'no'; END $$; CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON consumers DEFERRABLE "
    "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()";
constexpr const char* take_commits = "DROP TRIGGER refuse ON consumers; SELECT 1";

bool owns_all_slots(const HttpClient& status) {
  return status.get("/metrics").body.find("\nfeedctl_work_slots 16\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a worker is not ready while its batches cannot be committed, and then continues") {
  const FreshDatabase database;
  const int port = free_port();
  ServerProcess serve(database, {{"feed.materialize", "all"}});
  WorkerProcesses workers(
      database, 1,
      {{"bus.kind", "postgres"}, {"feed.materialize", "all"}, {"work.port", std::to_string(port)}});
  const HttpClient status(port);
  const auto ready = [&] { return status.get("/health/ready").status; };
  REQUIRE(eventually(60s, [&] { return owns_all_slots(status) && ready() == 200; }));

  database.execute(refuse_commits);
  const auto made = serve.client().post("/v1/users", R"({"handle":"ann"})");
  REQUIRE(made.status == 201);
  CHECK(eventually(60s, [&] { return ready() == 503; }));
  CHECK(status.get("/health/live").status == 200);

  database.execute(take_commits);
  CHECK(eventually(60s, [&] { return is_backlog_empty(database); }));
  CHECK(eventually(60s, [&] { return ready() == 200; }));
}

TEST_CASE("a worker that cannot take a slot is not ready, and takes them all once it can") {
  const FreshDatabase database;
  const int port = free_port();
  database.execute(refuse_commits);
  WorkerProcesses workers(database, 1,
                          {{"bus.kind", "postgres"}, {"work.port", std::to_string(port)}});
  const HttpClient status(port);
  CHECK(eventually(60s, [&] { return status.get("/health/ready").status == 503; }));
  CHECK_FALSE(owns_all_slots(status));

  database.execute(take_commits);
  CHECK(eventually(60s, [&] { return owns_all_slots(status); }));
  CHECK(eventually(60s, [&] { return status.get("/health/ready").status == 200; }));
}
