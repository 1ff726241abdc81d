#pragma once
// The stored state of sign-ins: attempts on their way at a provider, and codes that clients
// exchange for tokens. Both are single-use: to take one deletes it. Secrets are stored as digests.
// Thread-safe. Errors as of store::Database.
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "http/scopes.hpp"
#include "store/database.hpp"

namespace feedctl::accounts {

// Who gets the result of a sign-in. At most one of return_to and client_redirect is set; with
// neither the callback itself answers with tokens.
struct LoginTarget {
  std::optional<std::string> return_to = {};
  std::optional<std::string> client_redirect = {};
  std::optional<std::string> client_challenge = {};  // with either of them
  std::optional<std::string> client_state = {};
  http::Scopes scopes = {http::Scope::read, http::Scope::write};
};

struct LoginAttempt {
  std::string state;
  std::string cookie_digest;
  std::string provider;
  std::string nonce;
  std::string code_verifier;
  LoginTarget target;
  Time created_at = {};
};

void store_login(store::Database& database, const LoginAttempt& attempt);
// nullopt: no such attempt. `state` of the answer is empty.
std::optional<LoginAttempt> take_login(store::Database& database, const std::string& state);

struct LoginCode {
  Id user_id = 0;
  std::optional<std::string> client_redirect = {};
  std::string client_challenge;
  http::Scopes scopes = {};
  Time created_at = {};
};

void store_code(store::Database& database, const std::string& code, const LoginCode& granted);
std::optional<LoginCode> take_code(store::Database& database, const std::string& code);

}  // namespace feedctl::accounts
