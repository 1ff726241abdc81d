// Row 93 of the table of bad inputs, for what a thief would try: more tokens of one user, and
// guesses. tests/e2e/rate_limits has each limit, and row 94.
#include "e2e/hostile_tokens/session.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// Three requests, and no other one for 20 minutes: however slow the machine is.
constexpr const char* three = "3/1h burst 3";

support::Settings limited(support::Settings settings) {
  settings["rate_limit.enabled"] = "true";
  settings["rate_limit.exempt_addresses"] = "";  // this machine counts, too
  return settings;
}

HttpResponse guess(const HttpClient& http) {
  return refresh(http, "fr_" + base64url(random_bytes(48)));
}

void check_limited(const HttpResponse& answer) {
  CHECK(answer.status == 429);
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(std::atoi(answer.header("retry-after").c_str()) > 0);
  CHECK_FALSE(answer.header("ratelimit").empty());
  CHECK_FALSE(answer.header("ratelimit-policy").empty());
}

}  // namespace

TEST_CASE("row 93: a user's fourth write is 429, other users and reads go on") {
  TokenServer server(limited({{"rate_limit.user.write", three}}));
  const auto post = [&](const std::string& token) {
    return server.http.post("/v1/posts", R"({"text":"x"})", bearer(token));
  };
  for (int i = 0; i < 3; ++i) {
    const auto answer = post(server.ada);
    CHECK(answer.status == 201);
    CHECK_FALSE(answer.header("ratelimit").empty());
  }
  check_limited(post(server.ada));
  // Another token of the same user has the same bucket.
  check_limited(post(sign_in(server.database, server.http, server.ada_id).access_token));
  CHECK(post(server.bob).status == 201);
  CHECK(server.http.get("/v1/feed", bearer(server.ada)).status == 200);
}

TEST_CASE("row 93: refresh tokens cannot be guessed at any rate") {
  TokenServer server(limited({{"rate_limit.address.login", three}}));
  for (int i = 0; i < 3; ++i) CHECK(guess(server.http).status == 401);
  check_limited(guess(server.http));
  CHECK(server.http.get("/v1/feed", bearer(server.ada)).status == 200);
  CHECK(server.http.get("/health/ready").status == 200);
}
