#pragma once
// Refresh tokens: "fr_" and base64url(session id, 32 secret bytes). A token's successor is derived
// from it by HMAC-SHA256 with the installation's pepper. So a client that lost a response gets the
// same successor again, although the database holds digests only; and without the pepper nobody
// gets from a stolen token to its successor. Plain values; any thread.
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/uuid.hpp"

namespace feedctl::accounts {

class RefreshToken {
 public:
  // The first token of a new session.
  static RefreshToken make();
  // nullopt: no refresh token, in its only form.
  static std::optional<RefreshToken> parse(std::string_view text);

  RefreshToken successor(const Secret<std::string>& pepper) const;
  Secret<std::string> text() const;
  std::string digest() const;  // as a bytea
  std::string session_id() const { return to_string(session_id_); }

 private:
  RefreshToken(Uuid session_id, std::string secret)
      : session_id_(session_id), secret_(std::move(secret)) {}

  Uuid session_id_;
  Secret<std::string> secret_;
};

}  // namespace feedctl::accounts
