// Rows 93 and 94 of the table of bad inputs: more requests than allowed, and the address that a
// client makes up.
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

HttpResponse guess(const HttpClient& http, const HttpHeaders& headers = {}) {
  return refresh(http, "fr_" + base64url(random_bytes(48)), headers);
}

HttpResponse guess_from(const HttpClient& http, const std::string& forwarded_for) {
  return guess(http, {{"X-Forwarded-For", forwarded_for}});
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

TEST_CASE("row 94: without a trusted proxy X-Forwarded-For opens no other bucket") {
  TokenServer server(limited({{"rate_limit.address.login", three}}));
  for (int i = 0; i < 3; ++i)
    CHECK(guess_from(server.http, "203.0.113." + std::to_string(i)).status == 401);
  std::string many_hops = "198.51.100.1";
  for (int i = 0; i < 500; ++i) many_hops += ", 10.0.0.1";
  for (const auto& text :
       {std::string("203.0.113.99"), std::string(""), std::string(",,,"), std::string("::1"),
        std::string("127.0.0.1"), std::string("unix"), std::string("x' OR 1=1 --"), many_hops}) {
    INFO(text.substr(0, 60));
    check_limited(guess_from(server.http, text));
  }
  std::string too_many_hops;
  for (int i = 0; i < 10'000; ++i) too_many_hops += "10.0.0.1,";
  CHECK(guess_from(server.http, too_many_hops).status == 431);
}

TEST_CASE("row 94: behind a trusted proxy the last hop that is none counts, not what it claims") {
  TokenServer server(
      limited({{"rate_limit.address.login", three}, {"server.trusted_proxies", "127.0.0.1"}}));
  for (int i = 0; i < 3; ++i) {
    const auto claimed = "198.51.100." + std::to_string(i) + ", 203.0.113.7";
    CHECK(guess_from(server.http, claimed).status == 401);
  }
  check_limited(guess_from(server.http, "198.51.100.77, 203.0.113.7"));
  check_limited(guess_from(server.http, "203.0.113.7"));
  CHECK(guess_from(server.http, "203.0.113.8").status == 401);
  // All addresses of one /64 are one client's.
  for (int i = 1; i <= 3; ++i)
    CHECK(guess_from(server.http, "2001:db8:1:2::" + std::to_string(i)).status == 401);
  check_limited(guess_from(server.http, "2001:db8:1:2:ffff::1"));
  CHECK(guess_from(server.http, "2001:db8:1:3::1").status == 401);
}
