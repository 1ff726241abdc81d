// The sign-in flow over its routes.
#include "accounts_fixture.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::text_in;
using test::AccountsFixture;
using test::header_of;

namespace {

const std::string challenge_query = "&code_challenge=" + AccountsFixture::challenge();

std::string program_query() {
  return std::string("?redirect_uri=") + AccountsFixture::client_redirect + "&state=xyz" +
         challenge_query;
}

int status_of_login(AccountsFixture& site, const std::string& query) {
  return site.server.get("/auth/login/idp" + query).status;
}

}  // namespace

TEST_CASE("the providers are listed for people") {
  AccountsFixture site;
  const auto response = site.server.get("/auth/providers");
  CHECK(response.status == 200);
  CHECK(response.body ==
        R"({"providers":[{"name":"idp","display_name":"Example","login_url":"/auth/login/idp"},)"
        R"({"name":"other","display_name":"Example","login_url":"/auth/login/other"}]})");
  CHECK(site.server.get("/auth/login/nobody").status == 404);
  CHECK(site.server.get("/auth/callback/nobody").status == 404);
}

TEST_CASE("a sign-in without a target answers with tokens, which work") {
  AccountsFixture site;
  const auto begun = site.begin();
  const auto response = site.callback(begun, site.provider->add_code(site.profile("ada")));
  REQUIRE(response.status == 200);
  CHECK(header_of(response, "Cache-Control").empty());  // the server adds no-store
  const auto tokens = json::parse(response.body);
  CHECK(text_in(tokens, "token_type") == "Bearer");
  CHECK(support::integer_in(tokens, "expires_in") == 600);
  CHECK(support::integer_in(tokens, "refresh_expires_in") == 14 * 86400);
  CHECK(text_in(tokens, "scope") == "read write");
  CHECK(text_in(support::member_in(tokens, "user"), "handle") == "ada");

  const auto me = site.server.get("/auth/me", site.bearer(tokens));
  CHECK(me.status == 200);
  CHECK(text_in(me, "handle") == "ada");
  CHECK(text_in(me, "role") == "user");
  CHECK(support::flag_in(me, "handle_proposed"));
  CHECK(site.server.get("/auth/me").status == 401);
}

TEST_CASE("the cookie of a sign-in is bound to the host and to secure connections") {
  AccountsFixture site;
  const auto response = site.server.get("/auth/login/idp");
  const auto cookie = header_of(response, "Set-Cookie");
  CHECK(cookie.find("__Host-feedctl-login=") == 0);
  for (const char* attribute :
       {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"}) {
    CHECK(cookie.find(attribute) != std::string::npos);
  }
  const auto location = header_of(response, "Location");
  CHECK(location.find("https://idp.example/authorize?redirect_uri="
                      "https://feed.example/auth/callback/idp&state=") == 0);
}

TEST_CASE("a callback whose state is missing, wrong or used is refused") {
  AccountsFixture site;
  const auto begun = site.begin();
  const auto code = site.provider->add_code(site.profile("ada"));
  CHECK(site.callback({"", begun.cookie}, code).status == 400);
  CHECK(site.callback({std::string(43, 'A'), begun.cookie}, code).status == 400);
  CHECK(site.callback({begun.state + "A", begun.cookie}, code).status == 400);
  CHECK(site.server.get("/auth/callback/idp?code=" + code, {{"cookie", begun.cookie}}).status ==
        400);
  REQUIRE(site.callback(begun, code).status == 200);
  const auto fresh_code = site.provider->add_code(site.profile("ada"));
  CHECK(site.callback(begun, fresh_code).status == 400);
  CHECK(site.scalar("SELECT count(*) FROM users") == "1");
}

TEST_CASE("a callback in another browser, or at another provider, is refused") {
  AccountsFixture site;
  const auto code = site.provider->add_code(site.profile("ada"));
  const auto mine = site.begin(), others = site.begin();
  CHECK(site.callback({mine.state, others.cookie}, code).status == 400);
  CHECK(site.callback({site.begin().state, ""}, code).status == 400);
  CHECK(site.callback(site.begin(), code, "other").status == 400);
  CHECK(site.scalar("SELECT count(*) FROM users") == "0");
  CHECK(site.callback(others, code).status == 200);
}

TEST_CASE("two tabs of a browser sign in at the same time") {
  AccountsFixture site;
  const auto first = site.begin();
  const auto second = site.begin("", first.cookie);
  // The browser keeps one cookie of that name.
  const auto finish = [&](const test::BegunLogin& tab) {
    return site.callback({tab.state, second.cookie}, site.provider->add_code(site.profile("ada")));
  };
  const auto response = finish(first);
  CHECK(response.status == 200);
  CHECK(header_of(response, "Set-Cookie").empty());
  CHECK(finish(second).status == 200);
  CHECK(finish(second).status == 400);
}

TEST_CASE("a cookie that this server did not make binds no sign-in") {
  AccountsFixture site;
  const std::string name = "__Host-feedctl-login=";
  for (const std::string value : {"", "chosen", "0123456789abcdefghijklmnopqrstuvwxyzABCDEF+"}) {
    const auto begun = site.begin("", name + value);
    CHECK(begun.cookie != name + value);
    CHECK(begun.cookie.size() == name.size() + 43);
  }
}

TEST_CASE("a sign-in takes at most ten minutes") {
  AccountsFixture site;
  const auto in_time = site.begin(), late = site.begin();
  site.time += 10min - 1us;
  CHECK(site.callback(in_time, site.provider->add_code(site.profile("ada"))).status == 200);
  site.time += 1us;
  CHECK(site.callback(late, site.provider->add_code(site.profile("ada"))).status == 400);
}

TEST_CASE("the database holds neither state nor cookie nor code") {
  AccountsFixture site;
  const auto begun = site.begin("?return_to=/feed" + challenge_query);
  const auto cookie = begun.cookie.substr(begun.cookie.find('=') + 1);
  const auto attempts = site.scalar("SELECT string_agg(a::text, '') FROM login_attempts a");
  REQUIRE_FALSE(attempts.empty());
  CHECK(attempts.find(begun.state) == std::string::npos);
  CHECK(attempts.find(cookie) == std::string::npos);
  const auto code = site.login_code("ada");
  const auto codes = site.scalar("SELECT string_agg(c::text, '') FROM login_codes c");
  REQUIRE_FALSE(codes.empty());
  CHECK(codes.find(code) == std::string::npos);
}

TEST_CASE("return_to is a path of this server") {
  AccountsFixture site;
  for (const char* good : {"/", "/feed", "/feed?tab=new", "/a//b", "/%2F%2Fevil"})
    CHECK(status_of_login(site, std::string("?return_to=") + good + challenge_query) == 303);
  const std::string bad[] = {"",           "//evil",    "https:evil", "https://evil",
                             "/\\evil",    "\\\\evil",  "/\tevil",    "/ /evil",
                             "/\n/evil",   "feed",      "/feed#x",    "javascript:alert(1)",
                             "/f\xc3\xa4", "@evil",     ".evil",      "/" + std::string(2048, 'a'),
                             " //evil",    "/\r\nX: y", "/\x7f"};
  // Each leads to another sign-in, which would take the code in the fragment to its provider.
  for (const char* path : {"/auth", "/auth/login/other", "/auth/login/other?return_to=/",
                           "/%61uth/login/other", "/./auth/login/other", "/x/../auth/login/other",
                           "/x/%2e%2E/auth/login/other", "/auth%2Flogin/other", "/x/..", "/%zz"}) {
    INFO(path);
    CHECK(status_of_login(site, std::string("?return_to=") + path + challenge_query) == 400);
  }
  for (const char* good : {"/authors", "/x/auth/login/other", "/..x/.y", "/x?y=../auth"})
    CHECK(status_of_login(site, std::string("?return_to=") + good + challenge_query) == 303);
  for (const auto& path : bad) {
    INFO(path);
    CHECK(status_of_login(site, "?return_to=" + path + challenge_query) == 400);
  }
  CHECK(status_of_login(site, "?return_to=/feed") == 400);
  CHECK(status_of_login(site, "?return_to=/feed&code_challenge=short") == 400);
  CHECK(status_of_login(site, "?return_to=/feed&code_challenge_method=plain" + challenge_query) ==
        400);
  CHECK(status_of_login(site, "?" + challenge_query.substr(1)) == 400);
}

TEST_CASE("redirect_uri is a program on the browser's own machine") {
  AccountsFixture site;
  const auto login = [&](const std::string& uri) {
    return status_of_login(site, "?redirect_uri=" + uri + "&state=s" + challenge_query);
  };
  for (const char* good :
       {"http://127.0.0.1:1/", "http://[::1]:65535/a?b", "http://127.0.0.1:80/x"})
    CHECK(login(good) == 303);
  const std::string bad[] = {"https://evil/",
                             "http://evil:80/",
                             "http://127.0.0.1/",
                             "http://127.0.0.1:/",
                             "http://127.0.0.1:0/",
                             "http://127.0.0.1:070/",
                             "http://127.0.0.1:65536/",
                             "http://127.0.0.1:80",
                             "http://127.0.0.1:80@evil/",
                             "http://127.0.0.1.evil:80/",
                             "http://localhost:80/",
                             "http://127.0.0.1:80/\\x",
                             "http://127.0.0.1:80/#x",
                             "http://user@127.0.0.1:80/",
                             "https://127.0.0.1:80/",
                             "myapp:/callback",
                             ""};
  for (const auto& uri : bad) {
    INFO(uri);
    CHECK(login(uri) == 400);
  }
  const auto uri = std::string("?redirect_uri=") + AccountsFixture::client_redirect;
  CHECK(status_of_login(site, uri + challenge_query) == 400);
  CHECK(status_of_login(site, uri + "&state=" + challenge_query) == 400);
  CHECK(status_of_login(site, uri + "&state=s") == 400);
  CHECK(status_of_login(site, uri + "&state=s&return_to=/" + challenge_query) == 400);
}

TEST_CASE("a page gets a code in the fragment, which it exchanges once") {
  AccountsFixture site;
  const auto code = site.login_code("ada");
  const auto response = site.exchange(code);
  REQUIRE(response.status == 200);
  CHECK(site.status_of_me(json::parse(response.body)) == 200);
  CHECK(site.exchange(code).status == 400);
  CHECK(site.exchange("").status == 400);
  CHECK(site.exchange(std::string(43, 'A')).status == 400);
  CHECK(site.server.post("/auth/token", R"({"code":"x"})").status == 400);
}

TEST_CASE("a code needs its verifier, its redirect_uri and to be younger than a minute") {
  AccountsFixture site;
  const std::string other(43, 'v');
  SECTION("another verifier uses the code up") {
    const auto code = site.login_code("ada");
    CHECK(site.exchange(code, other).status == 400);
    CHECK(site.exchange(code).status == 400);
  }
  SECTION("a redirect_uri where there was none") {
    CHECK(site.exchange(site.login_code("ada"), AccountsFixture::verifier,
                        AccountsFixture::client_redirect)
              .status == 400);
  }
  SECTION("a minute") {
    const auto in_time = site.login_code("ada"), late = site.login_code("ada");
    site.time += 60s - 1us;
    CHECK(site.exchange(in_time).status == 200);
    site.time += 1us;
    CHECK(site.exchange(late).status == 400);
  }
}

TEST_CASE("a program gets its code and its state, and must name the same redirect_uri") {
  AccountsFixture site;
  const auto sign_in = [&] {
    const auto response =
        site.callback(site.begin(program_query()), site.provider->add_code(site.profile("ada")));
    REQUIRE(response.status == 303);
    CHECK(header_of(response, "Referrer-Policy") == "no-referrer");
    const auto location = header_of(response, "Location");
    const auto start = std::string(AccountsFixture::client_redirect) + "?code=";
    REQUIRE(location.find(start) == 0);
    CHECK(location.substr(start.size() + 43) == "&state=xyz");
    return location.substr(start.size(), 43);
  };
  CHECK(site.exchange(sign_in()).status == 400);
  CHECK(site.exchange(sign_in(), AccountsFixture::verifier, "http://127.0.0.1:4712/callback")
            .status == 400);
  CHECK(site.exchange(sign_in(), AccountsFixture::verifier, AccountsFixture::client_redirect)
            .status == 200);
}

TEST_CASE("a provider's refusal reaches the client, as a known word only") {
  AccountsFixture site;
  const auto refuse = [&](const test::BegunLogin& begun, const std::string& error) {
    return site.server.get("/auth/callback/idp?state=" + begun.state + "&error=" + error,
                           {{"cookie", begun.cookie}});
  };
  CHECK(refuse(site.begin(), "access_denied").status == 400);
  CHECK(header_of(refuse(site.begin(program_query()), "access_denied"), "Location") ==
        std::string(AccountsFixture::client_redirect) + "?error=access_denied&state=xyz");
  CHECK(header_of(refuse(site.begin("?return_to=/f" + challenge_query), "<b>"), "Location") ==
        "/f#login_error=server_error");
  const auto begun = site.begin();
  REQUIRE(refuse(begun, "access_denied").status == 400);
  CHECK(site.callback(begun, site.provider->add_code(site.profile("ada"))).status == 400);
}

TEST_CASE("a client hears by its redirect that the provider is down or the account suspended") {
  AccountsFixture site;
  site.sign_in("ada");
  site.fresh.execute("UPDATE users SET suspended_at = now()");
  const auto location = [&](const std::string& query, const std::string& code) {
    return header_of(site.callback(site.begin(query), code), "Location");
  };
  const auto code = [&] { return site.provider->add_code(site.profile("ada")); };
  const std::string down = test::FakeProvider::down_code;
  const auto program = std::string(AccountsFixture::client_redirect) + "?error=";
  CHECK(location(program_query(), code()) == program + "access_denied&state=xyz");
  CHECK(location(program_query(), down) == program + "temporarily_unavailable&state=xyz");
  const auto page = "?return_to=/f" + challenge_query;
  CHECK(location(page, code()) == "/f#login_error=access_denied");
  CHECK(location(page, down) == "/f#login_error=temporarily_unavailable");
  CHECK(site.callback(site.begin(), code()).status == 403);
  CHECK(site.callback(site.begin(), down).status == 503);
}

TEST_CASE("a code that the provider refuses signs nobody in") {
  AccountsFixture site;
  CHECK(site.callback(site.begin(), "unknown").status == 400);
  const auto code = site.provider->add_code(site.profile("ada"));
  CHECK(site.callback(site.begin(), code).status == 200);
  CHECK(site.callback(site.begin(), code).status == 400);
}

TEST_CASE("a token has the scopes that the sign-in asked for and the role allows") {
  AccountsFixture site;
  const auto scope_of = [&](const std::string& scope) {
    return text_in(site.sign_in("ada", "?scope=" + scope), "scope");
  };
  CHECK(scope_of("read") == "read");
  CHECK(scope_of("write") == "read write");
  CHECK(scope_of("read write admin") == "read write");
  CHECK(scope_of("admin") == "read");
  CHECK(status_of_login(site, "?scope=root") == 400);
  CHECK(status_of_login(site, "?scope=") == 400);
  site.fresh.execute("UPDATE users SET role = 'admin'");
  CHECK(scope_of("read admin") == "read admin");
}
