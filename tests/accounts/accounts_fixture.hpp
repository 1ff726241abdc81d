#pragma once
// The routes of accounts over a fresh database, a provider that signs anybody in, and a clock that
// a test moves.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "accounts/accounts.hpp"
#include "accounts/routes.hpp"
#include "base/json.hpp"
#include "oidc/pkce.hpp"
#include "oidc/registry.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "users/routes.hpp"

namespace feedctl::test {

// Its codes name profiles: whoever knows a code signs in as that profile, once. Thread-safe.
class FakeProvider : public oidc::Provider {
 public:
  explicit FakeProvider(std::string name) : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  const std::string& display_name() const override { return display_name_; }
  oidc::AuthorizationRequest begin(const oidc::BeginParameters& parameters) override;
  oidc::Profile finish(const oidc::CallbackParameters& callback,
                       const oidc::Expected& expected) override;

  // A code to which the provider does not answer.
  static constexpr const char* down_code = "down";
  // A code by which `profile` signs in.
  std::string add_code(const oidc::Profile& profile);

 private:
  const std::string name_;
  const std::string display_name_ = "Example";
  std::mutex mutex_;
  std::map<std::string, std::string> challenges_;  // by nonce
  std::map<std::string, oidc::Profile> profiles_;  // by code
  int codes_ = 0;
};

// What a browser has after GET /auth/login/{provider}.
struct BegunLogin {
  std::string state;
  std::string cookie;  // "name=value"
};

class AccountsFixture {
 public:
  using Headers = support::InProcessClient::Headers;
  static constexpr const char* verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  static constexpr const char* client_redirect = "http://127.0.0.1:4711/callback";

  explicit AccountsFixture(auth::Mode mode = auth::Mode::required);

  static oidc::Profile profile(const std::string& subject) {
    oidc::Profile made;
    made.issuer = "https://idp.example";
    made.subject = subject;
    made.preferred_username = subject;
    return made;
  }
  static std::string challenge() { return oidc::code_challenge(verifier); }

  // `query` with its question mark.
  // `cookie`: what the browser has of other tabs.
  BegunLogin begin(const std::string& query = "", const std::string& cookie = "");
  http::Response callback(const BegunLogin& login, const std::string& code,
                          const std::string& provider = "idp");
  // With return_to; the code in the answer's Location.
  std::string login_code(const std::string& subject);
  http::Response exchange(const std::string& code, const std::string& code_verifier = verifier,
                          const std::string& redirect_uri = "");
  // The tokens of a new session.
  json::Value sign_in(const std::string& subject, const std::string& query = "");
  http::Response refresh(const std::string& refresh_token, const Headers& headers = {});
  http::Response refresh(const json::Value& tokens) {
    return refresh(support::text_in(tokens, "refresh_token"));
  }
  static Headers bearer(const json::Value& tokens) {
    return {{"authorization", "Bearer " + support::text_in(tokens, "access_token")}};
  }
  int status_of_me(const json::Value& tokens) {
    return server.get("/auth/me", bearer(tokens)).status;
  }
  std::string scalar(const std::string& sql) const { return fresh.execute(sql); }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  Time time = from_unix_us(1'800'000'000'000'000);
  auth::Auth auth;
  users::Users users{database};
  FakeProvider* provider = nullptr;  // "idp"
  oidc::Registry providers;
  accounts::Accounts accounts;
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  http::Router router;
  support::InProcessClient server{router, auth};

 private:
  static store::Options database_options(Secret<std::string> url);
  auth::Options auth_options(auth::Mode mode);
  accounts::Options account_options();
  std::vector<std::unique_ptr<oidc::Provider>> make_providers();
};

// The value of the header in a response, or "".
std::string header_of(http::Response response, std::string_view name);

}  // namespace feedctl::test
