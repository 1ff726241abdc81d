#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace feedctl {

Sha256 sha256(std::string_view bytes) {
  struct Digest {  // OpenSSL looks its algorithms up by name, which takes longer than hashing
    EVP_MD* kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Digest() {
      EVP_MD_CTX_free(context);
      EVP_MD_free(kind);
    }
  };
  thread_local Digest digest;
  Sha256 out{};
  if (digest.kind == nullptr || digest.context == nullptr ||
      EVP_DigestInit_ex(digest.context, digest.kind, nullptr) != 1 ||
      EVP_DigestUpdate(digest.context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(digest.context, out.data(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  return out;
}

}  // namespace feedctl
