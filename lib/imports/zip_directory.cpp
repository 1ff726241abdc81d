#include "imports/zip_directory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/file_slice.hpp"

namespace feedctl::imports {
namespace {

constexpr std::string_view end_record = "PK\x05\x06";
constexpr std::size_t end_record_size = 22;
constexpr std::size_t size_offset = 12;
constexpr std::size_t max_comment = 65535;

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string read_tail(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || found.st_size <= 0) return "";
  const auto size = static_cast<std::size_t>(found.st_size);
  const auto wanted = std::min(size, end_record_size + max_comment);
  std::string tail(wanted, '\0');
  const FileSlice slice{fd, size - wanted, wanted};
  for (std::size_t done = 0; done < wanted;) {
    const auto piece = read_piece(slice, done, {tail.data() + done, wanted - done});
    if (piece.empty()) return "";
    done += piece.size();
  }
  return tail;
}

}  // namespace

bool has_small_zip_directory(int fd, std::uint64_t max_bytes) {
  const auto tail = read_tail(fd);
  const auto at = tail.rfind(end_record);
  if (at == std::string::npos || tail.size() - at < end_record_size) return false;
  return little_endian(std::string_view(tail).substr(at + size_offset)) <= max_bytes;
}

}  // namespace feedctl::imports
