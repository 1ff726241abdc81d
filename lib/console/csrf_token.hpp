#pragma once
// CSRF tokens of the console: HMAC-SHA256 of the session's id with a key of the installation. So
// all servers make and accept the same token, and nothing is stored. A page of another site can
// send the cookie, but cannot read the token. Thread-safe.
#include <mutex>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "store/database.hpp"

namespace feedctl::console {

class CsrfTokens {
 public:
  // `database` must outlive it.
  explicit CsrfTokens(store::Database& database) : database_(database) {}

  // Reads the key at first use: Error(unavailable) where the database has none, or does not answer.
  std::string make(const std::string& session_id);
  // Compares in constant time. Errors as of make().
  bool is_valid(std::string_view token, const std::string& session_id);

 private:
  Secret<std::string> key();

  store::Database& database_;
  std::mutex mutex_;         // guards key_
  Secret<std::string> key_;  // empty: not read yet
};

}  // namespace feedctl::console
