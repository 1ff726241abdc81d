#include "base/digest.hpp"

#include <openssl/evp.h>

#include <array>

namespace feedctl {

Digest::Digest(const char* algorithm)
    : algorithm_(EVP_MD_fetch(nullptr, algorithm, nullptr), &EVP_MD_free),
      context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  is_valid_ =
      algorithm_ && context_ && EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) == 1;
}

void Digest::add(std::string_view bytes) {
  is_valid_ = is_valid_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

std::string Digest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (!is_valid_ || EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) return "";
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace feedctl
