#include "e2e/accounts/accounts_fixture.hpp"

#include "base/encoding.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "support/migrate.hpp"

namespace feedctl::accounts_test {
namespace {

support::OpenIdProviderOptions provider_options(int server_port, const std::string& alg) {
  support::OpenIdProviderOptions options;
  options.redirect_uris = {support::callback_url(server_port, "dev")};
  options.alg = alg;
  return options;
}

}  // namespace

Tokens tokens_in(const support::HttpResponse& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("cache-control") == "no-store");
  const auto body = api::parse_body(answer);
  CHECK(support::text_in(body, "token_type") == "Bearer");
  CHECK(support::integer_in(body, "expires_in") > 0);
  const auto& user = support::member_in(body, "user");
  return {support::text_in(body, "access_token"), support::text_in(body, "refresh_token"),
          support::integer_in(user, "id"), support::text_in(user, "handle")};
}

support::HttpHeaders bearer(const Tokens& tokens) {
  return {{"Authorization", "Bearer " + tokens.access}};
}

std::string code_challenge(const std::string& verifier) {
  const auto digest = sha256(verifier);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string parameter(const std::string& url, const std::string& name) {
  const auto start = url.find_first_of("?#");
  std::string_view rest = url;
  rest.remove_prefix(start == std::string::npos ? url.size() : start + 1);
  while (!rest.empty()) {
    auto value = next_field(rest, '&');
    if (next_field(value, '=') == name) return percent_decode(value);
  }
  return "";
}

AccountsServer::AccountsServer(const std::string& alg) : provider_(provider_options(port_, alg)) {
  settings_ = {{"server.port", std::to_string(port_)},
               {"auth.mode", "required"},
               {"auth.public_url", url("")}};
  add(provider_.server_settings("dev"));
}

void AccountsServer::add(const support::Settings& settings) {
  settings_.insert(settings.begin(), settings.end());
}

void AccountsServer::start() {
  support::migrate_up(database_);
  server_ = std::make_unique<support::ServerProcess>(database_, settings_);
}

Tokens AccountsServer::sign_in(const std::string& provider, const std::string& name) const {
  WebSession session;
  return tokens_in(session.sign_in(url("/auth/login/" + provider), name).response);
}

support::HttpResponse AccountsServer::refresh(const std::string& refresh_token) const {
  return client().post("/auth/refresh", "{\"refresh_token\":\"" + refresh_token + "\"}",
                       {{"User-Agent", WebSession::user_agent}});
}

}  // namespace feedctl::accounts_test
