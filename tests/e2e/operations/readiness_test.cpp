// When a server may be sent requests.
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"

using namespace feedctl::support;

namespace {

bool answers(const HttpClient& http, const std::string& path, int status) {
  return eventually([&] { return http.get(path).status == status; });
}

}  // namespace

TEST_CASE("a server is not ready before it can sign a command's token") {
  const FreshDatabase database;
  database.execute("ALTER TABLE server_keys RENAME TO hidden_keys");
  database.execute("CREATE TABLE server_keys (LIKE hidden_keys)");
  database.execute("GRANT SELECT ON server_keys TO PUBLIC");
  RunOptions run;
  const auto port = std::to_string(free_port());
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  const BackgroundProcess serve(
      {feedctl_binary(), "serve", "--port", port, "--set", "auth.mode=open"}, run);
  const HttpClient http(std::stoi(port));
  REQUIRE(answers(http, "/health/live", 200));
  const auto starting = http.get("/health/ready");
  CHECK(starting.status == 503);
  CHECK(starting.body.find("\"starting\"") != std::string::npos);
  CHECK(http.post("/v1/users", R"({"handle":"early"})").header("x-feed-token").empty());

  database.execute("INSERT INTO server_keys SELECT * FROM hidden_keys");
  REQUIRE(answers(http, "/health/ready", 200));
  const auto made = http.post("/v1/users", R"({"handle":"late"})");
  CHECK(made.status == 201);
  CHECK_FALSE(made.header("x-feed-token").empty());
}
