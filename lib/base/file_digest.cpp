#include "base/file_digest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

std::string sha256_hex(const FileSlice& slice) {
  Digest digest("SHA256");
  std::vector<char> buffer(std::min(piece_size, slice.size));
  for (std::size_t done = 0; done < slice.size;) {
    const auto piece = read_piece(slice, done, buffer);
    if (piece.empty()) {
      throw Error(ErrorCode::unavailable, "cannot read a file")
          .with_detail(errno == 0 ? "it is shorter than it was" : std::strerror(errno));
    }
    digest.add(piece);
    done += piece.size();
  }
  const auto hash = digest.finish();
  if (hash.empty()) throw std::runtime_error("SHA-256 failed");
  return to_hex(hash);
}

}  // namespace feedctl
