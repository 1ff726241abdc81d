#include "base/file_digest.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

class Digest {
 public:
  Digest() { require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }

  void add(const char* bytes, std::size_t size) {
    require(EVP_DigestUpdate(context_.get(), bytes, size));
  }

  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest, &size));
    std::string text;
    for (unsigned int i = 0; i < size; ++i) append_hex_byte(text, digest[i]);
    return text;
  }

 private:
  static void require(int result) {
    if (result != 1) throw std::runtime_error("SHA-256 failed");
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

std::size_t read_piece(int fd, std::size_t offset, std::vector<char>& piece, std::size_t wanted) {
  for (;;) {
    const auto got = ::pread(fd, piece.data(), wanted, static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    throw Error(ErrorCode::unavailable, "cannot read a file")
        .with_detail(got == 0 ? "it is shorter than it was" : std::strerror(errno));
  }
}

}  // namespace

std::string sha256_hex(const FileSlice& slice) {
  Digest digest;
  std::vector<char> piece(std::min(piece_size, slice.size));
  for (std::size_t done = 0; done < slice.size;) {
    const auto wanted = std::min(piece.size(), slice.size - done);
    const auto got = read_piece(slice.fd, slice.offset + done, piece, wanted);
    digest.add(piece.data(), got);
    done += got;
  }
  return digest.hex();
}

}  // namespace feedctl
