// The console's session: who gets one, what its cookie may do, and how it ends.
#include "console_fixture.hpp"

using namespace feedctl;
using test::clears_cookie;
using test::ConsoleFixture;
using test::header_of;

namespace {

using Headers = ConsoleFixture::Headers;

Headers bearer(const test::ConsoleSession& session) {
  return {{"authorization", "Bearer " + session.access_token}};
}

Headers without(Headers headers, const std::string& name) {
  std::erase_if(headers, [&](const auto& field) { return field.first == name; });
  return headers;
}

Headers with(Headers headers, const std::string& name, const std::string& value) {
  headers = without(std::move(headers), name);
  headers.emplace_back(name, value);
  return headers;
}

}  // namespace

TEST_CASE("a sign-in at the console gives an access token, and a cookie that scripts cannot read") {
  ConsoleFixture site;
  const auto response =
      site.exchange_at_console(site.code_of("ada", "admin"), ConsoleFixture::browser());
  INFO(response.body);
  REQUIRE(response.status == 200);
  const auto cookie = header_of(response, "Set-Cookie");
  CHECK(cookie.find("__Host-feedctl-console=fr_") == 0);
  for (const auto* attribute :
       {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Max-Age=1209600"}) {
    INFO(attribute);
    CHECK(cookie.find(attribute) != std::string::npos);
  }
  CHECK(cookie.find("Domain") == std::string::npos);
  CHECK(header_of(response, "Cache-Control").empty());  // the server adds no-store
  CHECK(response.body.find("fr_") == std::string::npos);
  const auto user = support::member_in(json::parse(response.body), "user");
  CHECK(support::text_in(user, "handle") == "ada");
  CHECK(support::text_in(user, "role") == "admin");
  const auto session = ConsoleFixture::session_in(response);
  const auto me = site.server.get("/auth/me", bearer(session));
  CHECK(me.status == 200);
  CHECK(support::text_in(me, "scope") == "read write admin");
  CHECK(site.server.get("/api/v1/admin/dashboard", bearer(session)).status == 200);
}

TEST_CASE("an editor signs in, and somebody without a role does not") {
  ConsoleFixture site;
  site.sign_in_at_console("edith", "editor");
  const auto refused =
      site.exchange_at_console(site.code_of("uma", "user"), ConsoleFixture::browser());
  CHECK(refused.status == 403);
  CHECK(header_of(refused, "Set-Cookie").empty());
  CHECK(site.open_sessions() == "1");
}

TEST_CASE("a console without a session hears of the providers") {
  ConsoleFixture site;
  for (const auto* cookie : {"", "__Host-feedctl-console=", "__Host-feedctl-console=fr_no"}) {
    INFO(cookie);
    const auto response = site.server.get("/admin/session", ConsoleFixture::browser(cookie));
    REQUIRE(response.status == 200);
    CHECK(response.body.find("\"signed_in\":false") != std::string::npos);
    CHECK(response.body.find("\"login_url\":\"/auth/login/idp\"") != std::string::npos);
  }
}

TEST_CASE("the cookie tells a reloaded page who is signed in, and changes nothing") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  for (int i = 0; i < 2; ++i) {
    const auto response = site.server.get("/admin/session", ConsoleFixture::browser(session));
    REQUIRE(response.status == 200);
    CHECK(response.body.find("\"signed_in\":true") != std::string::npos);
    CHECK(support::text_in(response, "csrf_token") == session.csrf_token);
    CHECK(response.body.find("access_token") == std::string::npos);
    CHECK(header_of(response, "Set-Cookie").empty());
  }
  CHECK(site.refresh_console(ConsoleFixture::browser(session)).status == 200);
}

TEST_CASE("a refresh rotates the cookie and keeps the CSRF token") {
  ConsoleFixture site;
  const auto first = site.sign_in_at_console("ada");
  const auto second =
      ConsoleFixture::session_in(site.refresh_console(ConsoleFixture::browser(first)));
  CHECK(second.cookie != first.cookie);
  CHECK(second.csrf_token == first.csrf_token);
  CHECK(site.server.get("/auth/me", bearer(second)).status == 200);
  CHECK(site.refresh_console(ConsoleFixture::browser(second)).status == 200);
}

TEST_CASE("two tabs that refresh with one cookie both succeed, with one successor") {
  ConsoleFixture site;
  const auto shared = site.sign_in_at_console("ada");
  const auto one =
      ConsoleFixture::session_in(site.refresh_console(ConsoleFixture::browser(shared)));
  const auto other =
      ConsoleFixture::session_in(site.refresh_console(ConsoleFixture::browser(shared)));
  CHECK(one.cookie == other.cookie);
  CHECK(site.open_sessions() == "1");
}

TEST_CASE("a cookie that was replaced long ago ends the session and is cleared") {
  ConsoleFixture site;
  const auto stolen = site.sign_in_at_console("ada");
  const auto current =
      ConsoleFixture::session_in(site.refresh_console(ConsoleFixture::browser(stolen)));
  site.time += std::chrono::seconds{11};
  const auto reused = site.refresh_console(ConsoleFixture::browser(stolen));
  CHECK(reused.status == 401);
  CHECK(clears_cookie(reused));
  CHECK(site.open_sessions() == "0");
  CHECK(site.refresh_console(ConsoleFixture::browser(current)).status == 401);
  CHECK(site.server.get("/admin/session", ConsoleFixture::browser(current))
            .body.find("\"signed_in\":false") != std::string::npos);
}

TEST_CASE("a change by the cookie needs the CSRF token of its session") {
  ConsoleFixture site;
  const auto ada = site.sign_in_at_console("ada");
  const auto bob = site.sign_in_at_console("bob");
  for (const auto& token : {std::string(), std::string("x"), bob.csrf_token, ada.csrf_token + "x",
                            ada.csrf_token.substr(1)}) {
    INFO(token);
    const auto headers = ConsoleFixture::browser(ada.cookie, token);
    CHECK(site.refresh_console(headers).status == 403);
    CHECK(site.server.del("/admin/session", headers).status == 403);
  }
  CHECK(site.open_sessions() == "2");
  CHECK(site.refresh_console(ConsoleFixture::browser(ada)).status == 200);
}

TEST_CASE("the session is for pages of this server only") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  const auto own = ConsoleFixture::browser(session);
  const std::vector<Headers> foreign{
      with(own, "origin", "https://evil.example"),
      with(own, "origin", "null"),
      with(own, "origin", "https://feed.example.evil"),
      with(own, "origin", "https://feed.example:444"),
      with(own, "sec-fetch-site", "cross-site"),
      with(own, "sec-fetch-site", "same-site"),
      with(own, "sec-fetch-site", "none"),
      with(without(own, "sec-fetch-site"), "origin", "https://evil.example"),
  };
  for (const auto& headers : foreign) {
    CHECK(site.refresh_console(headers).status == 403);
    CHECK(site.server.del("/admin/session", headers).status == 403);
    CHECK(site.server.get("/admin/session", headers).status == 403);
    CHECK(site.exchange_at_console(site.code_of("ada", "admin"), headers).status == 403);
  }
  const auto anonymous = without(without(own, "origin"), "sec-fetch-site");
  CHECK(site.refresh_console(anonymous).status == 403);
  CHECK(site.server.get("/admin/session", anonymous).status == 200);
  CHECK(site.open_sessions() == "1");
  // Browsers that know only one of the two fields.
  CHECK(site.refresh_console(without(own, "sec-fetch-site")).status == 200);
}

TEST_CASE("the cookie is no credential of any other route") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  const auto headers = ConsoleFixture::browser(session);
  CHECK(site.server.get("/api/v1/admin/dashboard", headers).status == 401);
  CHECK(site.server.get("/auth/me", headers).status == 401);
  CHECK(site.server.get("/auth/sessions", headers).status == 401);
  CHECK(site.server.post("/auth/logout-all", "", headers).status == 401);
  CHECK(site.server.post("/auth/refresh", "", headers).status == 400);
}

TEST_CASE("a sign-out ends the session and clears the cookie") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  const auto done = site.server.del("/admin/session", ConsoleFixture::browser(session));
  CHECK(done.status == 204);
  CHECK(clears_cookie(done));
  CHECK(site.open_sessions() == "0");
  CHECK(site.server.get("/auth/me", bearer(session)).status == 401);
  const auto refused = site.refresh_console(ConsoleFixture::browser(session));
  CHECK(refused.status == 401);
  CHECK(clears_cookie(refused));
  CHECK(site.server.del("/admin/session", ConsoleFixture::browser()).status == 204);
}

TEST_CASE("an account that lost its role loses its session at the next refresh") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  site.set_role("ada", "user");
  CHECK(site.server.get("/api/v1/admin/dashboard", bearer(session)).status == 403);
  const auto refused = site.refresh_console(ConsoleFixture::browser(session));
  CHECK(refused.status == 403);
  CHECK(clears_cookie(refused));
  CHECK(site.open_sessions() == "0");
}

TEST_CASE("a reloaded page ends the session of an account that lost its role") {
  ConsoleFixture site;
  const auto session = site.sign_in_at_console("ada");
  site.set_role("ada", "user");
  const auto shown = site.server.get("/admin/session", ConsoleFixture::browser(session));
  CHECK(shown.status == 200);
  CHECK(shown.body.find("\"signed_in\":false") != std::string::npos);
  CHECK(clears_cookie(shown));
  CHECK(site.open_sessions() == "0");
  // The role alone does not bring it back.
  site.set_role("ada", "admin");
  CHECK(site.refresh_console(ConsoleFixture::browser(session)).status == 401);
}

TEST_CASE("a second sign-in in a browser ends its first session") {
  ConsoleFixture site;
  const auto first = site.sign_in_at_console("ada");
  const auto second = ConsoleFixture::session_in(site.exchange_at_console(
      site.code_of("bob", "editor"), ConsoleFixture::browser(first.cookie)));
  CHECK(site.open_sessions() == "1");
  CHECK(site.server.get("/auth/me", bearer(first)).status == 401);
  CHECK(site.server.get("/auth/me", bearer(second)).status == 200);
}

TEST_CASE("a code works once, and a missing member is named") {
  ConsoleFixture site;
  const auto code = site.code_of("ada", "admin");
  CHECK(site.exchange_at_console(code, ConsoleFixture::browser()).status == 200);
  CHECK(site.exchange_at_console(code, ConsoleFixture::browser()).status == 400);
  const auto empty = site.server.post("/admin/session", "{}", ConsoleFixture::browser());
  CHECK(empty.status == 400);
  CHECK(empty.body.find("code is required") != std::string::npos);
}

TEST_CASE("attempts to sign in or refresh count against the limit of sign-ins") {
  const ConsoleFixture site;
  for (const auto& route : site.router.routes()) {
    if (route.pattern.find("/admin/session") != 0 || route.method != http::Method::post) continue;
    INFO(route.pattern);
    CHECK(route.rate_class == http::RateClass::login);
  }
}
