#include "e2e/hostile_tokens/token_server.hpp"

#include "base/encoding.hpp"
#include "support/migrate.hpp"

namespace feedctl::hostile {

namespace {

support::RunOptions make_shell(const support::FreshDatabase& database) {
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal(),
                     "FEEDCTL_CONFIG"};
  support::migrate_up(database);  // makes the signing key
  return run;
}

support::Settings with_tokens_required(support::Settings settings) {
  settings["auth.mode"] = "required";
  return settings;
}

std::string decoded(const std::string& part) {
  const auto bytes = from_base64url(part);
  REQUIRE(bytes);
  return *bytes;
}

}  // namespace

std::vector<Route> routes_with_policy(const std::string& policy) {
  const auto result = support::run_feedctl({"routes", "-o", "json"});
  REQUIRE(result.exit_code == 0);
  std::vector<Route> found;
  const auto table = json::parse(result.out);
  for (const auto& row : support::items_of(table)) {
    if (api::text_member(row, "policy") != policy) continue;
    auto path = api::text_member(row, "route");
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "1");
    found.push_back({api::text_member(row, "method"), path, policy});
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

HttpHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

TokenServer::TokenServer(support::Settings settings)
    : shell(make_shell(database)), serve(database, with_tokens_required(std::move(settings))) {}

std::string TokenServer::issue(const std::string& handle,
                               const std::vector<std::string>& options) const {
  std::vector<std::string> arguments{"users", "token", "--handle", handle, "--create"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  auto result = support::run_feedctl(arguments, shell);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out.substr(0, result.out.find('\n'));
}

std::string TokenServer::id_of(const std::string& handle) const {
  return database.execute("SELECT id FROM users WHERE handle = '" + handle + "'");
}

test::TokenForger TokenServer::make_forger() const {
  return test::TokenForger(Secret<std::string>(
      database.execute("SELECT jwk FROM signing_keys ORDER BY sign_from LIMIT 1")));
}

TokenParts::TokenParts(const std::string& token) {
  const auto first = token.find('.'), second = token.rfind('.');
  REQUIRE(first < second);
  header = JsonMembers::parse(decoded(token.substr(0, first)));
  claims = JsonMembers::parse(decoded(token.substr(first + 1, second - first - 1)));
  signing_input = token.substr(0, second + 1);
  signature = decoded(token.substr(second + 1));
  REQUIRE(signature.size() == 64);
}

void check_refused(const HttpClient& http, const std::string& token) {
  for (const char* path : {"/v1/feed", "/debug/config", "/v1/feed/hot"}) {
    INFO(path);
    const auto answer = http.get(path, bearer(token));
    CHECK(answer.status == 401);
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK(answer.header("www-authenticate").rfind("Bearer", 0) == 0);
    CHECK(answer.header("www-authenticate").find("error=\"invalid_token\"") != std::string::npos);
    CHECK(answer.header("cache-control") == "no-store");
  }
}

}  // namespace feedctl::hostile
