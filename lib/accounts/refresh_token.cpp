#include "accounts/refresh_token.hpp"

#include <algorithm>

#include "accounts/secret_digest.hpp"
#include "base/encoding.hpp"
#include "base/hmac_sha256.hpp"

namespace feedctl::accounts {

namespace {

constexpr std::string_view prefix = "fr_";
constexpr std::size_t id_size = 16;
constexpr std::size_t secret_size = 32;
constexpr std::size_t text_size = 3 + 64;  // 48 bytes of base64url

std::string bytes_of(const Uuid& id) {
  return {id.bytes.begin(), id.bytes.end()};
}

// Version and variant of RFC 9562.
Uuid make_random_uuid() {
  Uuid id;
  const auto random = random_bytes(id_size);
  std::copy(random.begin(), random.end(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace

RefreshToken RefreshToken::make() {
  return {make_random_uuid(), random_bytes(secret_size)};
}

std::optional<RefreshToken> RefreshToken::parse(std::string_view text) {
  if (text.size() != text_size || text.substr(0, prefix.size()) != prefix) return std::nullopt;
  const auto bytes = from_base64url(text.substr(prefix.size()));
  if (!bytes || bytes->size() != id_size + secret_size) return std::nullopt;
  Uuid id;
  std::copy_n(bytes->begin(), id_size, id.bytes.begin());
  return RefreshToken(id, bytes->substr(id_size));
}

RefreshToken RefreshToken::successor(const Secret<std::string>& pepper) const {
  const auto mac = hmac_sha256(pepper.reveal(), secret_.reveal() + bytes_of(session_id_));
  return {session_id_, std::string(mac.begin(), mac.end())};
}

Secret<std::string> RefreshToken::text() const {
  return Secret(std::string(prefix) + base64url(bytes_of(session_id_) + secret_.reveal()));
}

std::string RefreshToken::digest() const {
  return accounts::digest(bytes_of(session_id_) + secret_.reveal());
}

}  // namespace feedctl::accounts
