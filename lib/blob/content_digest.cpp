#include "blob/content_digest.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

class Digest {
 public:
  // Without `name` in OpenSSL it gives "".
  explicit Digest(const char* name) : kind_(EVP_MD_fetch(nullptr, name, nullptr), &EVP_MD_free) {
    is_valid_ = kind_ && context_ && EVP_DigestInit_ex(context_.get(), kind_.get(), nullptr) == 1;
  }

  void add(const char* bytes, std::size_t size) {
    is_valid_ = is_valid_ && EVP_DigestUpdate(context_.get(), bytes, size) == 1;
  }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (!is_valid_ || EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) return "";
    return {reinterpret_cast<const char*>(bytes.data()), size};
  }

 private:
  std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> kind_;
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  bool is_valid_ = false;
};

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) append_hex_byte(text, static_cast<unsigned char>(c));
  return text;
}

}  // namespace

ContentDigest digest_of(const FileSlice& content) {
  Digest sha256("SHA256"), md5("MD5");
  std::array<char, piece_size> piece;
  for (std::size_t done = 0; done < content.size;) {
    const auto wanted = std::min(piece.size(), content.size - done);
    const auto got =
        ::pread(content.fd, piece.data(), wanted, static_cast<off_t>(content.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw Error(ErrorCode::internal, "the content to store is shorter than announced");
    sha256.add(piece.data(), static_cast<std::size_t>(got));
    md5.add(piece.data(), static_cast<std::size_t>(got));
    done += static_cast<std::size_t>(got);
  }
  const auto hash = sha256.finish();
  if (hash.empty()) throw Error(ErrorCode::internal, "SHA-256 failed");
  return {to_hex(hash), base64(md5.finish())};
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace feedctl::blob
