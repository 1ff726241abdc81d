#include "console/csrf_token.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/hmac_sha256.hpp"
#include "store/server_keys.hpp"

namespace feedctl::console {

namespace {

std::string bytes_of(const Sha256& hash) {
  return {hash.begin(), hash.end()};
}

// The pepper has another use: a key of its own is derived from it.
Secret<std::string> derive_key(const Secret<std::string>& pepper) {
  return Secret(bytes_of(hmac_sha256(pepper.reveal(), "CSRF tokens of the console")));
}

}  // namespace

Secret<std::string> CsrfTokens::key() {
  const std::lock_guard lock(mutex_);
  if (!key_.empty()) return key_;
  const auto pepper = store::load_key(database_, store::refresh_pepper_name);
  if (!pepper) {
    throw Error(ErrorCode::unavailable, "sign-ins are not set up yet")
        .with_detail("the database has no refresh_pepper: run feedctl migrate up");
  }
  return key_ = derive_key(*pepper);
}

std::string CsrfTokens::make(const std::string& session_id) {
  return base64url(bytes_of(hmac_sha256(key().reveal(), session_id)));
}

bool CsrfTokens::is_valid(std::string_view token, const std::string& session_id) {
  const auto expected = make(session_id);
  if (token.size() != expected.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    difference |= static_cast<unsigned char>(token[i]) ^ static_cast<unsigned char>(expected[i]);
  return difference == 0;
}

}  // namespace feedctl::console
