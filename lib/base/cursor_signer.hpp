#pragma once
// Opaque, tamper-evident page cursors: base64url(payload, first 16 bytes of HMAC-SHA256(scope,
// payload)). The scope names the list and its reader ("feed:42"): verify() refuses a cursor of
// another list or another reader like a forged one. Thread-safe.
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
  explicit CursorSigner(Secret<std::string> key) { set_key(std::move(key)); }
  // Only the first call counts.
  void set_key(Secret<std::string> key);
  // Without a key sign() and verify() throw Error(unavailable).
  bool is_ready() const { return ready_.load(std::memory_order_acquire); }
  std::string sign(std::string_view scope, std::string_view payload) const;
  // The payload; nullopt for anything this signer did not make for this scope.
  std::optional<std::string> verify(std::string_view scope, std::string_view cursor) const;

 private:
  const std::string& key() const;

  std::once_flag once_;
  Secret<std::string> key_;
  std::atomic<bool> ready_{false};
};

}  // namespace feedctl
