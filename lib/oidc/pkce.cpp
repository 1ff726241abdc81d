#include "oidc/pkce.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/sha256.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t random_size = 32;
constexpr std::size_t min_verifier = 43, max_verifier = 128;

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string make_code_verifier() {
  return base64url(random_bytes(random_size));
}

std::string code_challenge(std::string_view verifier) {
  const auto digest = sha256(verifier);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool is_code_verifier(std::string_view text) {
  return text.size() >= min_verifier && text.size() <= max_verifier &&
         std::all_of(text.begin(), text.end(), is_unreserved);
}

bool is_code_challenge(std::string_view text) {
  const auto bytes = from_base64url(text);
  return bytes && bytes->size() == Sha256{}.size();
}

}  // namespace feedctl::oidc
