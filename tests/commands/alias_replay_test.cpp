// Idempotency keys and tokens, as a client of the real server sees them.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"

using namespace feedctl;

namespace {

support::HttpHeaders keyed(const std::string& user, const std::string& key) {
  return {{"X-User-Id", user}, {"Idempotency-Key", key}};
}

}  // namespace

TEST_CASE("the server replays a command over any alias and marks the replay") {
  support::FreshDatabase fresh;
  const support::ServerProcess serve(fresh);
  const auto client = serve.client();
  const auto made = client.post("/v1/users", R"({"handle":"ann"})");
  REQUIRE(made.status == 201);
  CHECK(made.header("x-feed-token") != "");
  const auto user = std::to_string(support::integer_in(made, "id"));

  // Larger than the bodies that stay in memory.
  const auto body = R"({"text":"hello","padding":")" + std::string(100'000, 'x') + "\"}";
  const auto first = client.post("/posts?a=1&b=2", body, keyed(user, "k"));
  REQUIRE(first.status == 201);
  CHECK(first.header("idempotency-replayed") == "");
  const auto again = client.post("/v1/feed/posts/?b=2&a=1", body, keyed(user, "\"k\""));
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("location") == first.header("location"));
  CHECK(again.header("idempotency-replayed") == "true");
  CHECK(again.header("x-feed-token") != "");
  auto other = body;
  other[other.size() - 3] = 'y';
  CHECK(client.post("/posts?a=1&b=2", other, keyed(user, "k")).status == 422);

  auto two = keyed(user, "k");
  two.emplace_back("Idempotency-Key", "k");
  CHECK(client.post("/posts?a=1&b=2", body, two).status == 400);
  CHECK(client.post("/posts", "{}", keyed(user, std::string(256, 'k'))).status == 400);
  CHECK(client.get("/v1/users/" + user, keyed(user, std::string(256, 'k'))).status == 200);
  CHECK(fresh.execute("SELECT count(*) FROM posts") == "1");

  const auto unlike = std::string("/v1/posts/4711/likes");
  for (const auto* replayed : {"", "true"}) {
    const auto answer = client.send("DELETE", unlike, "", keyed(user, "u"));
    CHECK(answer.status == 404);
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK(answer.header("idempotency-replayed") == replayed);
  }
}
