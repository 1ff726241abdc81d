#include "accounts_fixture.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"

namespace feedctl::test {

namespace {

std::string after(const std::string& text, const std::string& start) {
  const auto at = text.find(start);
  return at == std::string::npos ? "" : text.substr(at + start.size());
}

}  // namespace

std::string header_of(http::Response response, std::string_view name) {
  const auto* value = response.find_header(name);
  return value == nullptr ? "" : *value;
}

oidc::AuthorizationRequest FakeProvider::begin(const oidc::BeginParameters& parameters) {
  const std::lock_guard lock(mutex_);
  challenges_[parameters.nonce] = parameters.code_challenge;
  return {"https://idp.example/authorize?redirect_uri=" + parameters.redirect_uri +
          "&state=" + parameters.state};
}

oidc::Profile FakeProvider::finish(const oidc::CallbackParameters& callback,
                                   const oidc::Expected& expected) {
  if (callback.code == down_code)
    throw Error(ErrorCode::unavailable, "the provider does not answer");
  const std::lock_guard lock(mutex_);
  const auto challenge = challenges_.find(expected.nonce);
  const auto profile = profiles_.find(callback.code);
  if (challenge == challenges_.end() || profile == profiles_.end() ||
      challenge->second != oidc::code_challenge(expected.code_verifier) ||
      expected.redirect_uri != "https://feed.example/auth/callback/" + name_) {
    throw Error(ErrorCode::invalid_argument, "the provider does not know this code");
  }
  auto known = profile->second;
  profiles_.erase(profile);
  return known;
}

std::string FakeProvider::add_code(const oidc::Profile& profile) {
  const std::lock_guard lock(mutex_);
  auto code = "code-" + std::to_string(++codes_);
  profiles_[code] = profile;
  return code;
}

AccountsFixture::AccountsFixture(auth::Mode mode)
    : auth(auth_options(mode), database),
      providers(make_providers(), "https://feed.example"),
      accounts(account_options(), database, auth, users, providers) {
  auth::ensure_signing_key(owner);
  users::add_routes(router, {users, auth, cursors});
  accounts::add_routes(router, {accounts, auth});
}

// Limits that no busy machine comes to.
store::Options AccountsFixture::database_options(Secret<std::string> url) {
  auto made = support::long_timeouts();
  made.url = std::move(url);
  made.pool_size = 20;
  return made;
}

auth::Options AccountsFixture::auth_options(auth::Mode mode) {
  auth::Options made;
  made.mode = mode;
  made.clock = [this] { return time; };
  return made;
}

accounts::Options AccountsFixture::account_options() {
  accounts::Options made;
  made.clock = [this] { return time; };
  return made;
}

std::vector<std::unique_ptr<oidc::Provider>> AccountsFixture::make_providers() {
  std::vector<std::unique_ptr<oidc::Provider>> made;
  auto first = std::make_unique<FakeProvider>("idp");
  provider = first.get();
  made.push_back(std::move(first));
  made.push_back(std::make_unique<FakeProvider>("other"));
  return made;
}

BegunLogin AccountsFixture::begin(const std::string& query, const std::string& cookie_of_tabs) {
  Headers headers;
  if (!cookie_of_tabs.empty()) headers.emplace_back("cookie", cookie_of_tabs);
  const auto response = server.get("/auth/login/idp" + query, headers);
  INFO(response.body);
  REQUIRE(response.status == 303);
  const auto cookie = header_of(response, "Set-Cookie");
  return {after(header_of(response, "Location"), "&state="), cookie.substr(0, cookie.find(';'))};
}

http::Response AccountsFixture::callback(const BegunLogin& login, const std::string& code,
                                         const std::string& provider_name) {
  Headers headers{{"user-agent", "Browser"}};
  if (!login.cookie.empty()) headers.emplace_back("cookie", "other=1; " + login.cookie);
  return server.get("/auth/callback/" + provider_name + "?state=" + login.state + "&code=" + code,
                    headers);
}

std::string AccountsFixture::login_code(const std::string& subject) {
  const auto login = begin("?return_to=/feed&code_challenge=" + challenge());
  const auto response = callback(login, provider->add_code(profile(subject)));
  INFO(response.body);
  REQUIRE(response.status == 303);
  return after(header_of(response, "Location"), "/feed#login_code=");
}

http::Response AccountsFixture::exchange(const std::string& code, const std::string& code_verifier,
                                         const std::string& redirect_uri) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().text("code", code).text("code_verifier", code_verifier);
  if (!redirect_uri.empty()) writer.text("redirect_uri", redirect_uri);
  writer.close_object();
  return server.post("/auth/token", body, {{"user-agent", "Browser"}});
}

json::Value AccountsFixture::sign_in(const std::string& subject, const std::string& query) {
  const auto response = callback(begin(query), provider->add_code(profile(subject)));
  INFO(response.body);
  REQUIRE(response.status == 200);
  return json::parse(response.body);
}

http::Response AccountsFixture::refresh(const std::string& refresh_token, const Headers& headers) {
  const Headers browser{{"user-agent", "Browser"}};
  return server.post("/auth/refresh", R"({"refresh_token":")" + refresh_token + "\"}",
                     headers.empty() ? browser : headers);
}

}  // namespace feedctl::test
