#pragma once
// The sign-in flow: the authorization code flow with PKCE at a provider (RFC 6749, RFC 7636), and a
// second code with the client's own challenge, by which the result gets to the client. Guarantees:
// the state is random, single-use, ten minutes old at most and bound to the browser by a cookie;
// a code is single-use and a minute old at most. Thread-safe.
//
// Errors: those of oidc::Provider and store::Database. Error(invalid_argument) for a callback or a
// code that fits no sign-in; the text never says which check failed.
#include <optional>
#include <string>

#include "accounts/login_store.hpp"
#include "accounts/options.hpp"
#include "oidc/registry.hpp"

namespace feedctl::accounts {

// The query of the callback, decoded.
struct Callback {
  std::string state = {};
  std::string code = {};
  std::string error = {};
  std::optional<std::string> iss = {};
};

class Login {
 public:
  // `database` and `providers` must outlive it.
  Login(Options options, store::Database& database, const oidc::Registry& providers)
      : options_(std::move(options)), database_(database), providers_(providers) {}

  struct Started {
    std::string url;     // of the provider
    std::string cookie;  // for the browser
  };
  // `cookie`: of the browser, which keeps it: another tab's sign-in may be under way.
  // Error(not_found) for an unknown provider.
  Started start(const std::string& provider, const LoginTarget& target,
                const std::optional<std::string>& cookie);

  struct Finished {
    std::optional<std::string> redirect = {};  // with a code for the client; else:
    Id user_id = 0;
    http::Scopes scopes = {};
  };
  // `cookie`: of the browser. The client's redirect also hears of a provider's refusal or outage
  // and of a suspended account; without one these are Error(permission_denied) or (unavailable).
  Finished finish(const std::string& provider, const Callback& callback,
                  const std::optional<std::string>& cookie);

  struct Grant {
    Id user_id = 0;
    http::Scopes scopes = {};
    bool is_program = false;  // it got the code by a loopback redirect
  };
  Grant exchange(const std::string& code, const std::string& code_verifier,
                 const std::optional<std::string>& redirect_uri);

 private:
  oidc::Provider& find_provider(const std::string& name) const;
  LoginAttempt take_attempt(const std::string& provider, const Callback& callback,
                            const std::optional<std::string>& cookie);
  Finished complete(const std::string& provider, const LoginAttempt& attempt,
                    const Callback& callback);
  Id sign_in(const std::string& provider, const LoginAttempt& attempt, const Callback& callback);

  const Options options_;
  store::Database& database_;
  const oidc::Registry& providers_;
};

}  // namespace feedctl::accounts
