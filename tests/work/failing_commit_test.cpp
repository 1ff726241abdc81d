// A database that refuses every COMMIT of a worker, for a while.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/workers.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

TEST_CASE("while its batches cannot be committed a worker is not ready, and then it goes on") {
  const FreshDatabase database;
  const int port = free_port();
  Serve serve(database, {{"feed.materialize", "all"}});
  Workers workers(
      database, 1,
      {{"bus.kind", "postgres"}, {"feed.materialize", "all"}, {"work.port", std::to_string(port)}});
  const HttpClient status(port);
  const auto ready = [&] { return status.get("/health/ready").status; };
  REQUIRE(eventually(60s, [&] { return ready() == 200 && settled(database); }));

  database.execute(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
      "'no'; END $$; CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON consumers DEFERRABLE "
      "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");
  const auto made = serve.client().post("/v1/users", R"({"handle":"ann"})");
  REQUIRE(made.status == 201);
  CHECK(eventually(60s, [&] { return ready() == 503; }));
  CHECK(status.get("/health/live").status == 200);

  database.execute("DROP TRIGGER refuse ON consumers; SELECT 1");
  CHECK(eventually(60s, [&] { return settled(database); }));
  CHECK(eventually(60s, [&] { return ready() == 200; }));
}
