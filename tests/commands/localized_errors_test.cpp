// Idempotency keys if the database reports errors in another language than English.
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/german_postgres.hpp"
#include "support/server_process.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

constexpr store::Query hold_key{
    "test/hold_key",
    "INSERT INTO idempotency_keys (user_id, key_hash, fp, command, status) VALUES "
    "($1, substr(sha256('k'), 1, 16), '\\x00', 1, 201)"};

}  // namespace

TEST_CASE(
    "concurrent requests with one key get the first one's response in any language of the server") {
  const support::GermanPostgres server;
  if (!server.has_german_messages()) return;
  support::ServerProcess serve(
      server.url(), {{"database.lock_timeout", "60s"}, {"database.statement_timeout", "60s"}});
  const auto client = serve.client();
  const auto made = client.post("/v1/users", R"({"handle":"ann"})");
  REQUIRE(made.status == 201);
  const auto user = *json::parse(made.body).find("id")->integer();

  // All commands begin before any can continue.
  store::Options options;
  options.url = Secret<std::string>(server.superuser_url());
  options.idle_in_transaction_timeout = 120s;
  store::Database database(options);
  auto held = std::make_optional(database.write());
  held->query(hold_key, store::params(user));
  std::vector<support::HttpResponse> answers(6);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      answer = client.post("/v1/posts", R"({"text":"x"})",
                           {{"X-User-Id", std::to_string(user)}, {"Idempotency-Key", "k"}});
    });
  }
  CHECK(support::eventually(60s, [&] {
    return server.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") ==
           "6";
  }));
  held.reset();
  for (auto& thread : threads) thread.join();
  for (const auto& answer : answers) {
    CHECK(answer.status == 201);
    CHECK(answer.body == answers[0].body);
  }
  CHECK(server.execute("SELECT count(*) FROM posts") == "1");
}
