#pragma once
// Opaque, tamper-evident cursors: base64url(payload . first 16 bytes of HMAC-SHA256(scope .
// payload)). The scope names the list and whose it is ("feed:42"), so a cursor of another list or
// another user is refused like a forged one. Thread-safe: nothing changes after construction.
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace feedctl {

class CursorSigner {
 public:
  CursorSigner() = default;
  explicit CursorSigner(Secret<std::string> key) { adopt(std::move(key)); }
  // Sets the key; only the first call counts.
  void adopt(Secret<std::string> key);
  // Whether there is one. Without, sign() and verify() throw Error(unavailable).
  bool ready() const { return ready_.load(std::memory_order_acquire); }
  std::string sign(std::string_view scope, std::string_view payload) const;
  // The payload, or nullopt for anything this signer did not make for this scope.
  std::optional<std::string> verify(std::string_view scope, std::string_view cursor) const;

 private:
  const std::string& key() const;

  std::once_flag once_;
  Secret<std::string> key_;
  std::atomic<bool> ready_{false};
};

// base64url without padding (RFC 4648 section 5); decoding accepts the canonical form only.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

// Lowercase hex SHA-256, and `size` random bytes from the kernel.
std::string sha256_hex(std::string_view bytes);
std::string random_bytes(std::size_t size);

}  // namespace feedctl
