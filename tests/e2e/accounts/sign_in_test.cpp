// The life of an account at each provider: sign-in, tokens, refresh, reuse, logout.
#include "e2e/accounts/accounts_fixture.hpp"
#include "support/catch.hpp"
#include "support/stopwatch.hpp"

namespace feedctl::accounts_test {
namespace {

using support::flag_in;
using support::text_in;

// A test that cannot have a provider says so, and goes on with the others.
bool is_available(const support::SignInProvider& provider) {
  if (provider.why_not.empty()) return true;
  WARN("not tested with the provider " << provider.name << ": " << provider.why_not);
  return false;
}

void check_account(const AccountsServer& server, const Tokens& tokens) {
  const auto me = server.me(tokens);
  REQUIRE(me.status == 200);
  CHECK(support::integer_in(me, "id") == tokens.user);
  CHECK(text_in(me, "handle") == tokens.handle);
  CHECK(flag_in(me, "handle_proposed"));
  const auto http = server.client();
  CHECK(http.post("/v1/posts", R"({"text":"hello"})", bearer(tokens)).status == 201);
  CHECK(http.post("/v1/posts", R"({"text":"hello"})").status == 401);
}

// A refresh whose answer was lost is repeated and gives the same successor, for ten seconds: a
// machine that takes longer gets another try.
void check_lost_answer(const AccountsServer& server, const std::string& provider) {
  for (int attempt = 1;; ++attempt) {
    const auto first = server.sign_in(provider, "grace");
    const support::Stopwatch watch;
    const auto second = tokens_in(server.refresh(first.refresh));
    const auto repeated = server.refresh(first.refresh);
    if (!watch.is_within(std::chrono::seconds{8}) && attempt < 5) continue;
    CHECK(tokens_in(repeated).refresh == second.refresh);
    return;
  }
}

// An old token that comes again ends the family.
void check_refresh_and_reuse(const AccountsServer& server, const Tokens& first) {
  const auto second = tokens_in(server.refresh(first.refresh));
  CHECK(second.user == first.user);
  CHECK(second.refresh != first.refresh);
  const auto third = tokens_in(server.refresh(second.refresh));
  CHECK(server.accepts(third));

  CHECK(server.refresh(first.refresh).status == 401);
  CHECK(server.refresh(third.refresh).status == 401);
  for (const auto& tokens : {first, second, third}) CHECK(server.refuses_soon(tokens));
}

void check_logout(const AccountsServer& server, const Tokens& tokens) {
  const auto answer =
      server.client().post("/auth/logout", "{\"refresh_token\":\"" + tokens.refresh + "\"}");
  CHECK(answer.status == 204);
  CHECK(server.refresh(tokens.refresh).status == 401);
  CHECK(server.refuses_soon(tokens));
}

void check_life_of_account(const AccountsServer& server, const std::string& provider) {
  INFO("provider " << provider);
  const auto first = server.sign_in(provider, "grace");
  check_account(server, first);
  check_lost_answer(server, provider);
  check_refresh_and_reuse(server, first);
  const auto again = server.sign_in(provider, "grace");
  CHECK(again.user == first.user);
  CHECK(again.handle == first.handle);
  const auto elsewhere = server.sign_in(provider, "grace");
  check_logout(server, again);
  CHECK(server.accepts(elsewhere));
  CHECK(server.sign_in(provider, "linus").user != first.user);
}

}  // namespace

TEST_CASE("a person signs in at each provider, and the account lives as the tokens say") {
  AccountsServer server;
  support::GithubLikeServer github(support::callback_url(server.port(), "hub"));
  server.add(github.server_settings("hub"));
  const support::TempFolder folder;
  const auto npm = support::start_npm_provider(server.port());
  const auto zitadel =
      support::start_zitadel_provider(server.port(), {"grace", "linus"}, folder.path());
  std::vector<std::string> providers{"dev", "hub"};
  for (const auto* provider : {&npm, &zitadel}) {
    if (!is_available(*provider)) continue;
    server.add(provider->settings);
    providers.push_back(provider->name);
  }
  server.start();

  CHECK(support::list_in(server.client().get("/auth/providers"), "providers").size() ==
        providers.size());
  for (const auto& provider : providers) check_life_of_account(server, provider);
  // The same name at two providers is two people.
  CHECK(server.database().execute("SELECT count(DISTINCT user_id) FROM identities") ==
        std::to_string(2 * providers.size()));
}

TEST_CASE("a person of a GitHub-like provider keeps the account under another login") {
  AccountsServer server;
  support::GithubLikeServer github(support::callback_url(server.port(), "hub"));
  server.add(github.server_settings("hub"));
  server.start();
  const auto before = server.sign_in("hub", "grace");
  CHECK(before.handle == "grace");
  github.rename("grace", "admiral");
  const auto after = server.sign_in("hub", "admiral");
  CHECK(after.user == before.user);
  CHECK(after.handle == "grace");
  // The login is free now; who takes it is somebody else.
  CHECK(server.sign_in("hub", "grace").user != before.user);
}

TEST_CASE("handles are proposed from the profile, made unique, and changed once") {
  AccountsServer server("ES256");
  server.start();
  const auto http = server.client();
  const auto ada = server.sign_in("dev", "Ada Lovelace");
  CHECK(ada.handle == "ada_lovelace");
  const auto path = "/v1/users/" + std::to_string(ada.user);
  const auto other = server.sign_in("dev", "Grace");
  CHECK(http.patch(path, R"({"handle":"grace"})", bearer(ada)).status == 409);
  CHECK(http.patch(path, R"({"handle":"ada"})", bearer(other)).status == 403);
  REQUIRE(http.patch(path, R"({"handle":"ada"})", bearer(ada)).status == 200);
  CHECK(text_in(server.me(ada), "handle") == "ada");
  CHECK(http.patch(path, R"({"handle":"countess"})", bearer(ada)).status == 403);
}

}  // namespace feedctl::accounts_test
