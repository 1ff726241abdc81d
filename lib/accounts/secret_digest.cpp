#include "accounts/secret_digest.hpp"

#include "base/encoding.hpp"

namespace feedctl::accounts {

namespace {

constexpr std::size_t secret_size = 32;

}  // namespace

std::string make_secret() {
  return base64url(random_bytes(secret_size));
}

bool is_secret(std::string_view text) {
  if (text.size() != 43) return false;
  const auto bytes = from_base64url(text);
  return bytes && bytes->size() == secret_size;
}

std::string digest(std::string_view secret) {
  return "\\x" + sha256_hex(secret);
}

bool is_same_digest(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  return difference == 0;
}

}  // namespace feedctl::accounts
