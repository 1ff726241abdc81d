#include "base/cursor_signer.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl {

namespace {

constexpr std::size_t mac_size = 16;
// A token names every transaction that was running: some ten characters each.
constexpr std::size_t max_cursor_size = 4096;

using Mac = std::array<char, mac_size>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// nullptr where OpenSSL refuses.
EVP_MAC_CTX* new_mac_context(const std::string& key) {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  auto* const context = hmac == nullptr ? nullptr : EVP_MAC_CTX_new(hmac);
  if (context == nullptr) return nullptr;
  if (EVP_MAC_init(context, bytes_of(key), key.size(), params) == 1) return context;
  EVP_MAC_CTX_free(context);
  return nullptr;
}

// One for each thread, since OpenSSL takes longer to set up a key than to sign with it.
struct KeyedMac {
  std::string key;
  EVP_MAC_CTX* context = nullptr;

  KeyedMac() = default;
  ~KeyedMac() {
    EVP_MAC_CTX_free(context);
    OPENSSL_cleanse(key.data(), key.size());
  }
  KeyedMac(const KeyedMac&) = delete;
  KeyedMac& operator=(const KeyedMac&) = delete;

  // False where OpenSSL refuses.
  bool start(const std::string& with) {
    if (context != nullptr && key == with) return EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
    EVP_MAC_CTX_free(context);
    context = new_mac_context(with);
    key = with;
    return context != nullptr;
  }
  bool add(std::string_view text) {
    return EVP_MAC_update(context, bytes_of(text), text.size()) == 1;
  }
};

Mac mac(const std::string& key, std::string_view scope, std::string_view payload) {
  thread_local KeyedMac keyed;
  // The length keeps (scope, payload) pairs apart that would concatenate to the same bytes.
  const auto length = std::to_string(scope.size()) + ':';
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  if (!keyed.start(key) || !keyed.add(length) || !keyed.add(scope) || !keyed.add(payload) ||
      EVP_MAC_final(keyed.context, out.data(), &size, out.size()) != 1 || size < mac_size) {
    throw std::runtime_error("HMAC failed");
  }
  Mac first;
  std::copy_n(out.begin(), mac_size, first.begin());
  return first;
}

}  // namespace

void CursorSigner::set_key(Secret<std::string> key) {
  std::call_once(once_, [&] {
    key_ = std::move(key);
    ready_.store(true, std::memory_order_release);
  });
}

const std::string& CursorSigner::key() const {
  if (!is_ready()) {
    throw Error(ErrorCode::unavailable, "the server is starting")
        .with_retry_after(std::chrono::seconds{1});
  }
  return key_.reveal();
}

std::string CursorSigner::sign(std::string_view scope, std::string_view payload) const {
  const auto signature = mac(key(), scope, payload);
  std::string bytes;
  bytes.reserve(payload.size() + mac_size);
  bytes.append(payload).append(signature.data(), signature.size());
  return base64url(bytes);
}

std::optional<std::string> CursorSigner::verify(std::string_view scope,
                                                std::string_view cursor) const {
  if (cursor.size() > max_cursor_size) return std::nullopt;
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() < mac_size) return std::nullopt;
  std::string payload = bytes->substr(0, bytes->size() - mac_size);
  const auto expected = mac(key(), scope, payload);
  if (CRYPTO_memcmp(expected.data(), bytes->data() + payload.size(), mac_size) != 0)
    return std::nullopt;
  return payload;
}

}  // namespace feedctl
