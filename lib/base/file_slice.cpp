#include "base/file_slice.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace feedctl {

std::string_view read_piece(const FileSlice& slice, std::size_t done, std::span<char> buffer) {
  const auto wanted = std::min(buffer.size(), slice.size - std::min(done, slice.size));
  for (;;) {
    errno = 0;
    const auto got =
        ::pread(slice.fd, buffer.data(), wanted, static_cast<off_t>(slice.offset + done));
    if (got >= 0) return {buffer.data(), static_cast<std::size_t>(got)};
    if (errno != EINTR) return {};
  }
}

}  // namespace feedctl
