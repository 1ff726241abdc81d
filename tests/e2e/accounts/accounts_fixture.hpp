#pragma once
// A server that demands tokens, with the providers that people sign in at; and what a client of its
// /auth routes does.
#include <memory>
#include <string>
#include <vector>

#include "support/api.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/github_like_server.hpp"
#include "support/openid_provider_process.hpp"
#include "support/server_process.hpp"
#include "support/sign_in_provider.hpp"
#include "support/temp_folder.hpp"
#include "support/web_session.hpp"

namespace feedctl::accounts_test {

using support::WebSession;

struct Tokens {
  std::string access;
  std::string refresh;
  std::int64_t user = 0;
  std::string handle;
};

// Of the answer to a sign-in, an exchange or a refresh; fails the test where it is another one.
Tokens tokens_in(const support::HttpResponse& answer);
support::HttpHeaders bearer(const Tokens& tokens);
std::string code_challenge(const std::string& verifier);
// The decoded parameter of a URL's query or, after a '#', of its fragment.
std::string parameter(const std::string& url, const std::string& name);

// The development provider signs in here by the name "dev".
class AccountsServer {
 public:
  explicit AccountsServer(const std::string& alg = "RS256");

  // Adds a provider; before start().
  void add(const support::Settings& settings);
  // For tests that need no other provider than "dev".
  void start();

  int port() const { return port_; }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  support::HttpClient client() const { return support::HttpClient(port_); }
  const support::FreshDatabase& database() const { return database_; }
  support::OpenIdProviderProcess& provider() { return provider_; }
  support::ServerProcess& process() { return *server_; }

  // Signs in with a new session and reads the tokens from the callback's answer.
  Tokens sign_in(const std::string& provider, const std::string& name) const;
  support::HttpResponse refresh(const std::string& refresh_token) const;
  support::HttpResponse me(const Tokens& tokens) const {
    return client().get("/auth/me", bearer(tokens));
  }
  bool accepts(const Tokens& tokens) const { return me(tokens).status == 200; }
  // Servers learn of what is revoked within a moment.
  bool refuses_soon(const Tokens& tokens) const {
    return support::eventually([&] { return me(tokens).status == 401; });
  }

 private:
  support::FreshDatabase database_;
  const int port_ = support::free_port();
  support::OpenIdProviderProcess provider_;
  support::Settings settings_;
  std::unique_ptr<support::ServerProcess> server_;
};

}  // namespace feedctl::accounts_test
