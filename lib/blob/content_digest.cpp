#include "blob/content_digest.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

ContentDigest digest_of(const FileSlice& content) {
  Digest sha256("SHA256"), md5("MD5");
  std::array<char, piece_size> buffer;
  for (std::size_t done = 0; done < content.size;) {
    const auto piece = read_piece(content, done, buffer);
    if (piece.empty())
      throw Error(ErrorCode::internal, "the content to store is shorter than announced");
    sha256.add(piece);
    md5.add(piece);
    done += piece.size();
  }
  const auto hash = sha256.finish();
  if (hash.empty()) throw Error(ErrorCode::internal, "SHA-256 failed");
  return {to_hex(hash), base64(md5.finish())};
}

}  // namespace feedctl::blob
