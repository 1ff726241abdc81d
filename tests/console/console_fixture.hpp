#pragma once
// The console's routes over a fresh database and a provider that signs anybody in, called as a
// browser calls them.
#include <string>
#include <utility>

#include "accounts/accounts_fixture.hpp"
#include "console/console.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

// What a browser holds after a sign-in at the console.
struct ConsoleSession {
  std::string cookie;  // "name=value"
  std::string csrf_token;
  std::string access_token;
};

class ConsoleFixture : public AccountsFixture {
 public:
  ConsoleFixture() {
    console::add_routes(router, {database, accounts, dashboard, "https://feed.example"});
  }

  static Headers browser(const std::string& cookie = "", const std::string& csrf_token = "") {
    Headers headers{{"host", "feed.example"},
                    {"origin", "https://feed.example"},
                    {"sec-fetch-site", "same-origin"},
                    {"user-agent", "Browser"}};
    if (!cookie.empty()) headers.emplace_back("cookie", "other=1; " + cookie);
    if (!csrf_token.empty()) headers.emplace_back("x-csrf-token", csrf_token);
    return headers;
  }
  static Headers browser(const ConsoleSession& session) {
    return browser(session.cookie, session.csrf_token);
  }

  // The code of a sign-in by which the account exists, with that role.
  std::string code_of(const std::string& handle, const std::string& role) {
    auto code = login_code(handle);
    set_role(handle, role);
    return code;
  }
  void set_role(const std::string& handle, const std::string& role) const {
    fresh.execute("UPDATE users SET role = '" + role + "' WHERE handle = '" + handle + "'");
  }

  http::Response exchange_at_console(const std::string& code, const Headers& headers) {
    return server.post("/admin/session",
                       R"({"code":")" + code + R"(","code_verifier":")" + verifier + "\"}",
                       headers);
  }
  static ConsoleSession session_in(const http::Response& response) {
    INFO(response.body);
    REQUIRE(response.status == 200);
    const auto cookie = header_of(response, "Set-Cookie");
    return {cookie.substr(0, cookie.find(';')), support::text_in(response, "csrf_token"),
            support::text_in(response, "access_token")};
  }
  ConsoleSession sign_in_at_console(const std::string& handle, const std::string& role = "admin") {
    return session_in(exchange_at_console(code_of(handle, role), browser()));
  }
  http::Response refresh_console(const Headers& headers) {
    return server.post("/admin/session/refresh", "", headers);
  }
  std::string open_sessions() const {
    return scalar("SELECT count(*) FROM sessions WHERE revoked_at IS NULL");
  }

  console::Dashboard dashboard{database, {}};
};

inline bool clears_cookie(const http::Response& response) {
  const auto cookie = header_of(response, "Set-Cookie");
  return cookie.find("__Host-feedctl-console=;") == 0 &&
         cookie.find("Max-Age=0") != std::string::npos;
}

}  // namespace feedctl::test
