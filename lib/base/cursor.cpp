#include "base/cursor.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace feedctl {

namespace {

constexpr std::size_t mac_size = 16;
// A token names every transaction that was running: some ten characters each.
constexpr std::size_t longest_cursor = 4096;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Mac = std::array<char, mac_size>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// nullptr where OpenSSL refuses.
EVP_MAC_CTX* with_key(const std::string& key) {
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
struct Keyed {
  std::string key;
  EVP_MAC_CTX* context = nullptr;

  Keyed() = default;
  ~Keyed() {
    EVP_MAC_CTX_free(context);
    OPENSSL_cleanse(key.data(), key.size());
  }
  Keyed(const Keyed&) = delete;
  Keyed& operator=(const Keyed&) = delete;

  // False where OpenSSL refuses.
  bool begin(const std::string& with) {
    if (context != nullptr && key == with) return EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
    EVP_MAC_CTX_free(context);
    context = with_key(with);
    key = with;
    return context != nullptr;
  }
  bool add(std::string_view text) {
    return EVP_MAC_update(context, bytes_of(text), text.size()) == 1;
  }
};

Mac mac(const std::string& key, std::string_view scope, std::string_view payload) {
  thread_local Keyed keyed;
  // The length keeps (scope, payload) pairs apart that would concatenate to the same bytes.
  const auto length = std::to_string(scope.size()) + ':';
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  if (!keyed.begin(key) || !keyed.add(length) || !keyed.add(scope) || !keyed.add(payload) ||
      EVP_MAC_final(keyed.context, out.data(), &size, out.size()) != 1 || size < mac_size) {
    throw std::runtime_error("HMAC failed");
  }
  Mac first;
  std::copy_n(out.begin(), mac_size, first.begin());
  return first;
}

}  // namespace

void CursorSigner::adopt(Secret<std::string> key) {
  std::call_once(once_, [&] {
    key_ = std::move(key);
    ready_.store(true, std::memory_order_release);
  });
}

const std::string& CursorSigner::key() const {
  if (!ready()) {
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
  if (cursor.size() > longest_cursor) return std::nullopt;
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() < mac_size) return std::nullopt;
  std::string payload = bytes->substr(0, bytes->size() - mac_size);
  const auto expected = mac(key(), scope, payload);
  if (CRYPTO_memcmp(expected.data(), bytes->data() + payload.size(), mac_size) != 0)
    return std::nullopt;
  return payload;
}

std::string base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) text += alphabet[buffer << (6 - bits) & 63];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    buffer = buffer << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xff);
    }
  }
  // A lone character carries no byte, and bits left over must be zero: one form for one value.
  if (text.size() % 4 == 1 || (buffer & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string sha256_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char b : sha256(bytes)) {
    text += digits[b >> 4];
    text += digits[b & 0x0f];
  }
  return text;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const auto n = ::getrandom(bytes.data() + done, size - done, 0);
    if (n <= 0) throw std::runtime_error("getrandom failed");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace feedctl
