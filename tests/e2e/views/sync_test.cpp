// POST /v1/views/sync of a real serve, by an admin.
#include "e2e/views/serve_under_test.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

// A token of a new admin. `migrate up` makes the key that signs it.
std::string admin_token(const support::FreshDatabase& database) {
  support::RunOptions shell;
  shell.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);
  const auto made = support::run_feedctl(
      {"users", "token", "--handle", "root", "--create", "--role", "admin"}, shell);
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  return made.out.substr(0, made.out.find('\n'));
}

void sync(const support::HttpClient& http, const std::string& token) {
  const auto answer = http.send_until_available("POST", "/v1/views/sync", "",
                                                {{"Authorization", "Bearer " + token}});
  INFO(answer.body);
  CHECK(answer.status == 200);
}

}  // namespace

TEST_CASE("serve has the metrics of the flush that an admin asked for, as the daemon has them") {
  const support::FreshDatabase database;
  ViewWorld world(database, 2);
  const auto token = admin_token(database);
  const auto post = std::to_string(world.add_posts(1).front());
  auto settings = world.serve_settings();
  settings["server.secret_key"] = "a key of this test, of 32 bytes or more";
  support::ServerProcess serve(world.url(), settings);
  const auto http = serve.client();
  const auto shows = [&](const std::string& line) {
    return ("\n" + http.get("/metrics").body).find("\n" + line) != std::string::npos;
  };
  CHECK_FALSE(shows("feedctl_views_flush_last_success_timestamp_seconds "));

  const auto day = world.execute("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  world.redis.cli("RPUSH views:pending " + day + " " + post + " 1 " + day + " " + post + " 2");
  sync(http, token);
  CHECK(shows("feedctl_views_flushed_total{result=\"views\"} 2\n"));
  CHECK(shows("feedctl_views_flush_size_count 1\n"));
  CHECK(shows("feedctl_views_flush_last_success_timestamp_seconds "));
  CHECK(shows("feedctl_views_flush_last_run_rollbacks 0\n"));
  CHECK(shows("feedctl_views_rollbacks_total 0\n"));
  CHECK(shows("feedctl_views_pending 0\n"));
  CHECK(shows("feedctl_views_batches 0\n"));

  sync(http, token);  // counters go on
  CHECK(shows("feedctl_views_flushed_total{result=\"views\"} 2\n"));
  CHECK(shows("feedctl_views_flush_size_count 2\n"));
}
