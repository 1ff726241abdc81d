// Rows 73 and 75 of the table of bad inputs: sign-ins that nobody began, and places to go to that
// are not here. The provider is never asked.
#include "e2e/hostile_tokens/session.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// One provider at a port where nobody listens; of a kind whose first step needs no answer.
support::Settings with_dead_provider() {
  return {{"auth.public_url", "http://127.0.0.1:8000"},
          {"oidc.dead.kind", "github"},
          {"oidc.dead.client_id", "us"},
          {"oidc.dead.client_secret", "the-secret-of-a-client"},
          {"oidc.dead.authorize_url", "http://127.0.0.1:1/authorize"},
          {"oidc.dead.token_url", "http://127.0.0.1:1/token"},
          {"oidc.dead.api_url", "http://127.0.0.1:1"}};
}

std::string challenge() {
  return code_challenge(LoginCode().verifier);
}

// The value of state in the provider's URL.
std::string state_in(const std::string& url) {
  const auto at = url.find("state=");
  REQUIRE(at != std::string::npos);
  return url.substr(at + 6, url.find('&', at) - at - 6);
}

std::string cookie_of(const HttpResponse& answer) {
  const auto cookie = answer.header("set-cookie");
  return cookie.substr(0, cookie.find(';'));
}

}  // namespace

TEST_CASE("row 75: nobody is sent to another place after a sign-in") {
  TokenServer server(with_dead_provider());
  const auto begin = [&](const std::string& query) {
    return server.http.get("/auth/login/dead?" + query + "&code_challenge=" + challenge());
  };
  for (const char* place :
       {"//evil", "%2F%2Fevil", "https:evil", "https://evil.example", "%2F%5Cevil", "%5C%5Cevil",
        "evil", "", "javascript:alert(1)", "%2Fa%0D%0ASet-Cookie:%20x=1", "%2F%09%2Fevil",
        "/%2e%2e//evil\\", "%00/feed"}) {
    INFO(place);
    const auto answer = begin(std::string("return_to=") + place);
    CHECK(answer.status == 400);
    CHECK(answer.header("location").empty());
    CHECK(answer.header("set-cookie").empty());
  }
  for (const char* place :
       {"https://evil.example/cb", "http://evil.example:8080/cb", "http://127.0.0.1.evil.example/",
        "http://localhost:8080/cb", "http://127.0.0.1:8080@evil.example/", "http://127.0.0.1/cb",
        "http://127.0.0.1:0/cb", "http://127.0.0.1:99999/cb", "com.example.app:/cb",
        "http://[::1]:80@evil/", "http://0.0.0.0:80/cb"}) {
    INFO(place);
    const auto answer = begin(std::string("state=s&redirect_uri=") + place);
    CHECK(answer.status == 400);
    CHECK(answer.header("location").empty());
  }
  const auto good = begin("return_to=/feed");
  CHECK(good.status == 303);
  CHECK(good.header("location").rfind("http://127.0.0.1:1/authorize?", 0) == 0);
}

TEST_CASE("row 73: a callback needs the state of a sign-in and the cookie of its browser, once") {
  TokenServer server(with_dead_provider());
  const auto begun = server.http.get("/auth/login/dead");
  REQUIRE(begun.status == 303);
  const auto state = state_in(begun.header("location")), cookie = cookie_of(begun);
  const auto attributes = begun.header("set-cookie");
  CHECK(cookie.rfind("__Host-feedctl-login=", 0) == 0);
  for (const char* attribute : {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"})
    CHECK(attributes.find(attribute) != std::string::npos);
  CHECK(attributes.find("Domain") == std::string::npos);

  const auto come_back = [&](const std::string& query, const std::string& with_cookie) {
    HttpHeaders headers;
    if (!with_cookie.empty()) headers.emplace_back("Cookie", with_cookie);
    return server.http.get("/auth/callback/dead" + query, headers).status;
  };
  const auto other = server.http.get("/auth/login/dead");
  CHECK(come_back("", cookie) == 400);
  CHECK(come_back("?code=c", cookie) == 400);
  CHECK(come_back("?code=c&state=", cookie) == 400);
  CHECK(come_back("?code=c&state=" + LoginCode().code, cookie) == 400);
  CHECK(come_back("?code=c&state=" + state + "&state=" + state, cookie) == 400);
  // Of a browser that did not begin it.
  CHECK(come_back("?code=c&state=" + state, "") == 400);
  CHECK(come_back("?code=c&state=" + state_in(other.header("location")), cookie) == 400);
  CHECK(come_back("?code=c&state=" + state, cookie_of(other)) == 400);
  CHECK(server.http.get("/auth/callback/nobody?code=c&state=" + state).status == 404);
}

TEST_CASE("with the provider down those who are signed in go on, and others are told") {
  TokenServer server(with_dead_provider());
  const auto session = sign_in(server.database, server.http, server.ada_id);
  const auto begun = server.http.get("/auth/login/dead");
  REQUIRE(begun.status == 303);
  const auto callback = "/auth/callback/dead?code=c&state=" + state_in(begun.header("location"));
  const auto answer = server.http.get(callback, {{"Cookie", cookie_of(begun)}});
  CHECK(answer.status == 503);
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(server.http.get(callback, {{"Cookie", cookie_of(begun)}}).status == 400);  // once

  CHECK(server.http.get("/v1/feed", bearer(session.access_token)).status == 200);
  const auto fresh = refresh(server.http, session.refresh_token);
  REQUIRE(fresh.status == 200);
  const auto token = api::text_member(fresh, "access_token");
  CHECK(server.http.post("/v1/posts", R"({"text":"x"})", bearer(token)).status == 201);
  CHECK(server.http.get("/auth/providers").status == 200);
  CHECK(server.http.get("/health/ready").status == 200);
}
