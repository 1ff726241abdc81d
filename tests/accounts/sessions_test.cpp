// Sessions and refresh tokens over their routes.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "accounts/pruning.hpp"
#include "accounts_fixture.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::text_in;
using test::AccountsFixture;

namespace {

std::string refresh_token_in(const http::Response& response) {
  return text_in(response, "refresh_token");
}

std::string refresh_token_in(const json::Value& tokens) {
  return text_in(tokens, "refresh_token");
}

std::string session_of(AccountsFixture& site, const json::Value& tokens) {
  return text_in(site.server.get("/auth/me", site.bearer(tokens)), "session_id");
}

std::string reason(AccountsFixture& site) {
  return site.scalar(
      "SELECT coalesce(string_agg(revoked_reason, ',' ORDER BY revoked_at), '') FROM sessions");
}

}  // namespace

TEST_CASE("a refresh replaces both tokens") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  site.time += 9min;
  const auto response = site.refresh(tokens);
  REQUIRE(response.status == 200);
  const auto next = json::parse(response.body);
  CHECK(refresh_token_in(next) != refresh_token_in(tokens));
  CHECK(text_in(next, "access_token") != text_in(tokens, "access_token"));
  CHECK(text_in(next, "scope") == text_in(tokens, "scope"));
  CHECK(session_of(site, next) == session_of(site, tokens));
  CHECK(site.refresh(next).status == 200);
}

TEST_CASE("what is no refresh token is refused and ends nothing") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto token = refresh_token_in(tokens);
  auto unknown_session = token;
  unknown_session[3] = unknown_session[3] == 'A' ? 'B' : 'A';
  const std::string bad[] = {"",
                             "fr_",
                             token.substr(3),
                             token + "A",
                             token.substr(0, token.size() - 1),
                             "FR_" + token.substr(3),
                             token.substr(0, token.size() - 1) + "=",
                             "fr_" + std::string(64, '!'),
                             unknown_session,
                             text_in(tokens, "access_token")};
  for (const auto& text : bad) {
    INFO(text);
    CHECK(site.refresh(text).status == 401);
  }
  CHECK(site.server.post("/auth/refresh", "{}").status == 400);
  CHECK(site.server.post("/auth/refresh", R"({"refresh_token":7})").status == 400);
  CHECK(site.refresh(tokens).status == 200);
}

TEST_CASE("a refresh token is no access token") {
  AccountsFixture site;
  const auto token = refresh_token_in(site.sign_in("ada"));
  CHECK(site.server.get("/auth/me", {{"authorization", "Bearer " + token}}).status == 401);
}

TEST_CASE("a client that lost the response gets the same successor for ten seconds") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto first = site.refresh(tokens);
  site.time += 10s - 1us;
  const auto again = site.refresh(tokens);
  REQUIRE(again.status == 200);
  CHECK(refresh_token_in(again) == refresh_token_in(first));
  CHECK(site.refresh(refresh_token_in(first)).status == 200);
}

TEST_CASE("a replaced token after ten seconds ends the session and its access tokens") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto next = json::parse(site.refresh(tokens).body);
  const auto others = site.sign_in("ada");
  site.time += 10s;
  CHECK(site.refresh(tokens).status == 401);
  CHECK(reason(site) == "reuse");
  CHECK(site.status_of_me(tokens) == 401);
  CHECK(site.status_of_me(next) == 401);
  CHECK(site.refresh(next).status == 401);
  CHECK(site.refresh(tokens).status == 401);
  CHECK(site.scalar("SELECT count(*) FROM revocations") == "1");
  CHECK(site.status_of_me(others) == 200);
  CHECK(site.refresh(others).status == 200);
}

TEST_CASE("a replaced token whose successor was used ends the session at once") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto next = site.refresh(tokens);
  REQUIRE(site.refresh(refresh_token_in(next)).status == 200);
  CHECK(site.refresh(tokens).status == 401);
  CHECK(reason(site) == "reuse");
}

TEST_CASE("another client does not get the successor of a replaced token") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  REQUIRE(site.refresh(tokens).status == 200);
  CHECK(site.refresh(refresh_token_in(tokens), {{"user-agent", "Thief"}}).status == 401);
  CHECK(reason(site) == "reuse");
}

TEST_CASE("a guessed secret for a known session ends it") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  auto token = refresh_token_in(tokens);
  token[40] = token[40] == 'A' ? 'B' : 'A';
  CHECK(site.refresh(token).status == 401);
  CHECK(site.refresh(tokens).status == 401);
}

TEST_CASE("parallel refreshes with one token get one successor") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  std::vector<http::Response> responses(8);
  std::vector<std::thread> threads;
  for (auto& response : responses) threads.emplace_back([&] { response = site.refresh(tokens); });
  for (auto& thread : threads) thread.join();
  std::set<std::string> successors;
  for (const auto& response : responses) {
    REQUIRE(response.status == 200);
    successors.insert(refresh_token_in(response));
  }
  REQUIRE(successors.size() == 1);
  CHECK(reason(site) == "");
  CHECK(site.refresh(*successors.begin()).status == 200);
}

TEST_CASE("a refresh that waits too long for another one is told to try again") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  store::Options impatient = site.database.options();
  impatient.lock_timeout = 10ms;
  store::Database database(impatient);
  accounts::Options options;
  options.clock = [&site] { return site.time; };
  accounts::Sessions sessions(options, database, site.auth, site.users);
  auto other = site.database.write();
  other.query({"test/lock_sessions", "SELECT 1 FROM sessions FOR UPDATE"});
  try {
    sessions.refresh(refresh_token_in(tokens), {"Browser", ""});
    FAIL("was refreshed");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::conflict);
    CHECK(error.retry_after() == 1s);
  }
  other.commit();
  CHECK(site.refresh(tokens).status == 200);
}

TEST_CASE("a session ends after fourteen days without a refresh") {
  AccountsFixture site;
  const auto idle = site.sign_in("ada"), used = site.sign_in("ada");
  site.time += 24h * 14 - 1us;
  const auto next = site.refresh(used);
  REQUIRE(next.status == 200);
  site.time += 1us;
  CHECK(site.refresh(idle).status == 401);
  CHECK(site.refresh(refresh_token_in(next)).status == 200);
  CHECK(reason(site) == "");
}

TEST_CASE("a session ends ninety days after its sign-in") {
  AccountsFixture site;
  auto token = refresh_token_in(site.sign_in("ada"));
  for (int week = 1; week <= 12; ++week) {
    site.time += 24h * 7;
    token = refresh_token_in(site.refresh(token));
  }
  site.time += 24h * 6 - 1s;
  const auto last = site.refresh(token);
  REQUIRE(last.status == 200);
  CHECK(support::integer_in(last, "refresh_expires_in") == 1);
  site.time += 1s;
  CHECK(site.refresh(refresh_token_in(last)).status == 401);
}

TEST_CASE("the twenty-first session ends the oldest one") {
  AccountsFixture site;
  std::vector<json::Value> tokens;
  for (int i = 0; i < 21; ++i) {
    tokens.push_back(site.sign_in("ada"));
    site.time += 1s;
  }
  const auto others = site.sign_in("bob");
  CHECK(site.status_of_me(tokens[0]) == 401);
  CHECK(site.refresh(tokens[0]).status == 401);
  CHECK(site.status_of_me(tokens[1]) == 200);
  CHECK(site.refresh(tokens[20]).status == 200);
  CHECK(reason(site) == "limit");
  const auto list = site.server.get("/auth/sessions", site.bearer(tokens[20]));
  CHECK(support::list_in(list, "sessions").size() == 20);
  CHECK(site.status_of_me(others) == 200);
}

TEST_CASE("concurrent sign-ins keep to twenty sessions") {
  AccountsFixture site;
  const auto user = support::integer_in(support::member_in(site.sign_in("ada"), "user"), "id");
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        site.accounts.sessions().open(user, "direct", {http::Scope::read}, {});
        ++opened;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(opened == 30);
  CHECK(site.scalar("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == "20");
}

TEST_CASE("logout by refresh token ends the session, its access tokens too") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto body = R"({"refresh_token":")" + refresh_token_in(tokens) + "\"}";
  CHECK(site.server.post("/auth/logout", body).status == 204);
  CHECK(reason(site) == "logout");
  CHECK(site.status_of_me(tokens) == 401);
  CHECK(site.refresh(tokens).status == 401);
  CHECK(site.server.post("/auth/logout", body).status == 204);
  CHECK(site.server.post("/auth/logout", R"({"refresh_token":"x"})").status == 401);
  CHECK(site.server.post("/auth/logout").status == 400);
}

TEST_CASE("logout with a replaced refresh token ends the session") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto next = json::parse(site.refresh(json::parse(site.refresh(tokens).body)).body);
  const auto body = R"({"refresh_token":")" + refresh_token_in(tokens) + "\"}";
  CHECK(site.server.post("/auth/logout", body).status == 204);
  CHECK(reason(site) == "reuse");
  CHECK(site.refresh(next).status == 401);
}

TEST_CASE("logout by access token ends its session") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada"), others = site.sign_in("ada");
  CHECK(site.server.post("/auth/logout", "", site.bearer(tokens)).status == 204);
  CHECK(site.status_of_me(tokens) == 401);
  CHECK(site.refresh(tokens).status == 401);
  CHECK(site.status_of_me(others) == 200);
}

TEST_CASE("a client may send its expired or revoked token along when it refreshes or signs in") {
  AccountsFixture site;
  const auto first = site.sign_in("ada"), revoked = site.sign_in("ada");
  auto refresh_token = refresh_token_in(first);
  const auto check_ignored = [&](const AccountsFixture::Headers& authorization) {
    const auto refreshed = site.refresh(refresh_token, authorization);
    REQUIRE(refreshed.status == 200);
    refresh_token = refresh_token_in(refreshed);
    const auto exchange = R"({"code":")" + site.login_code("ada") + R"(","code_verifier":")" +
                          AccountsFixture::verifier + "\"}";
    CHECK(site.server.post("/auth/token", exchange, authorization).status == 200);
  };
  REQUIRE(site.server.post("/auth/logout", "", site.bearer(revoked)).status == 204);
  REQUIRE(site.status_of_me(revoked) == 401);
  check_ignored(site.bearer(revoked));
  site.time += 11min;
  REQUIRE(site.status_of_me(first) == 401);
  check_ignored(site.bearer(first));
  check_ignored({{"authorization", "Basic YTpi"}});
  // A URL ends up in logs.
  CHECK(site.server.post("/auth/refresh?access_token=x", "{}").status == 401);
}

TEST_CASE("a logout looks at the access token only where the body has no refresh token") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada"), other = site.sign_in("ada");
  const auto body_of = [](const json::Value& session) {
    return R"({"refresh_token":")" + refresh_token_in(session) + "\"}";
  };
  site.time += 11min;
  const auto refused = site.server.post("/auth/logout", "", site.bearer(tokens));
  CHECK(refused.status == 401);
  CHECK(test::header_of(refused, "WWW-Authenticate") == R"(Bearer error="invalid_token")");
  CHECK(site.server.post("/auth/logout", body_of(tokens), site.bearer(tokens)).status == 204);
  CHECK(site.refresh(tokens).status == 401);

  const auto next = json::parse(site.refresh(other).body);
  REQUIRE(site.server.post("/auth/logout", "", site.bearer(next)).status == 204);
  CHECK(site.server.post("/auth/logout", "", site.bearer(next)).status == 401);
  CHECK(site.server.post("/auth/logout", body_of(next), site.bearer(next)).status == 204);
}

TEST_CASE("a session that may only read refreshes and ends itself, and no other") {
  AccountsFixture site;
  const auto reader = site.sign_in("ada", "?scope=read"), other = site.sign_in("ada");
  auto headers = site.bearer(reader);
  headers.emplace_back("user-agent", "Browser");
  const auto next = site.refresh(refresh_token_in(reader), headers);
  REQUIRE(next.status == 200);
  CHECK(site.server.post("/auth/logout-all", "", site.bearer(reader)).status == 403);
  CHECK(site.server.post("/auth/logout", "", site.bearer(reader)).status == 204);
  CHECK(site.refresh(refresh_token_in(next)).status == 401);
  CHECK(site.refresh(other).status == 200);
}

TEST_CASE("logout-all ends all sessions and all access tokens of the user, not of others") {
  AccountsFixture site;
  const auto here = site.sign_in("ada"), there = site.sign_in("ada"), bob = site.sign_in("bob");
  const auto user = support::integer_in(support::member_in(here, "user"), "id");
  const AccountsFixture::Headers script{{"authorization", "Bearer " + site.auth.issue(user, 60s)}};
  REQUIRE(site.server.get("/auth/me", script).status == 200);
  CHECK(site.server.post("/auth/logout-all", "", site.bearer(here)).status == 204);
  CHECK(site.status_of_me(here) == 401);
  CHECK(site.status_of_me(there) == 401);
  CHECK(site.server.get("/auth/me", script).status == 401);
  CHECK(site.refresh(there).status == 401);
  CHECK(site.status_of_me(bob) == 200);
  CHECK(site.status_of_me(site.sign_in("ada")) == 200);
  CHECK(site.server.post("/auth/logout-all").status == 401);
}

TEST_CASE("a user lists the own sessions and ends one") {
  AccountsFixture site;
  const auto here = site.sign_in("ada");
  site.time += 1s;
  const auto there = site.sign_in("ada");
  const auto bob = site.sign_in("bob");
  const auto response = site.server.get("/auth/sessions", site.bearer(here));
  REQUIRE(response.status == 200);
  const auto body = json::parse(response.body);
  const auto& list = *body.find("sessions")->array();
  REQUIRE(list.size() == 2);
  CHECK(text_in(list[0], "id") == session_of(site, there));
  CHECK_FALSE(support::flag_in(list[0], "current"));
  CHECK(support::flag_in(list[1], "current"));
  CHECK(text_in(list[1], "user_agent") == "Browser");
  CHECK(text_in(list[1], "client") == "direct");

  const auto path = "/auth/sessions/" + text_in(list[0], "id");
  CHECK(site.server.del(path, site.bearer(bob)).status == 404);
  CHECK(site.server.del(path).status == 401);
  CHECK(site.status_of_me(there) == 200);
  CHECK(site.server.del(path, site.bearer(here)).status == 204);
  CHECK(site.status_of_me(there) == 401);
  CHECK(site.refresh(there).status == 401);
  CHECK(site.server.del(path, site.bearer(here)).status == 404);
  CHECK(site.server.del("/auth/sessions/1", site.bearer(here)).status == 404);
}

TEST_CASE("in open mode the named actor reads the account, but sessions need a token") {
  AccountsFixture site(auth::Mode::open);
  const auto tokens = site.sign_in("ada");
  const auto user = support::integer_in(support::member_in(tokens, "user"), "id");
  const AccountsFixture::Headers named{{"x-user-id", std::to_string(user)}};
  const auto me = site.server.get("/auth/me", named);
  CHECK(me.status == 200);
  CHECK(text_in(me, "handle") == "ada");
  CHECK_FALSE(support::text_or_null_in(me, "session_id"));
  CHECK(site.server.get("/auth/sessions", named).status == 401);
  CHECK(site.server.post("/auth/logout-all", "", named).status == 401);
  CHECK(site.server.get("/auth/sessions", site.bearer(tokens)).status == 200);
}

TEST_CASE("the database holds no refresh token") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto next = site.refresh(tokens);
  const auto rows = site.scalar("SELECT string_agg(s::text, '') FROM sessions s");
  REQUIRE_FALSE(rows.empty());
  CHECK(rows.find(refresh_token_in(tokens).substr(25)) == std::string::npos);
  CHECK(rows.find(refresh_token_in(next).substr(25)) == std::string::npos);
}

TEST_CASE("a user agent of any bytes and size is stored cut and visible") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const std::string agent = "a\xff\x01" + std::string(1000, 'b');
  REQUIRE(site.refresh(refresh_token_in(tokens), {{"user-agent", agent}}).status == 200);
  CHECK(site.scalar("SELECT user_agent FROM sessions") == "a??" + std::string(253, 'b'));
  CHECK(site.refresh(refresh_token_in(tokens), {{"user-agent", agent}}).status == 200);
}

TEST_CASE("expired rows are deleted, the others stay") {
  AccountsFixture site;
  site.begin();
  site.login_code("ada");
  const auto ended = site.sign_in("ada"), living = site.sign_in("ada");
  site.server.post("/auth/logout", "", site.bearer(ended));
  CHECK(accounts::delete_expired_rows(site.database, site.time) == 0);
  site.time += 12min;
  CHECK(accounts::delete_expired_rows(site.database, site.time) == 2);
  CHECK(site.scalar("SELECT count(*) FROM login_attempts") == "0");
  CHECK(site.scalar("SELECT count(*) FROM login_codes") == "0");
  site.time += 24h;
  CHECK(accounts::delete_expired_rows(site.database, site.time) == 1);
  CHECK(site.refresh(living).status == 200);
  site.time += 24h * 15;
  CHECK(accounts::delete_expired_rows(site.database, site.time) == 1);
  CHECK(site.scalar("SELECT count(*) FROM sessions") == "0");
}

TEST_CASE("without its pepper a server hands out no tokens and loses no sign-in") {
  AccountsFixture site;
  const auto pepper = site.scalar(
      "DELETE FROM server_keys WHERE name = 'refresh_pepper' "
      "RETURNING value");
  CHECK(site.callback(site.begin(), site.provider->add_code(site.profile("ada"))).status == 503);
  site.fresh.execute("INSERT INTO server_keys (name, value) VALUES ('refresh_pepper', '" + pepper +
                     "')");
  CHECK(site.callback(site.begin(), site.provider->add_code(site.profile("ada"))).status == 200);
  CHECK(site.scalar("SELECT count(*) FROM users") == "1");
}
