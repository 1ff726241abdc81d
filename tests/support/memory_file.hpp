#pragma once
// Files in memory, and what files hold.
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/file_slice.hpp"
#include "base/memory_file.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::support {

inline UniqueFd memory_file(std::string_view bytes = {}, const char* name = "test") {
  auto file = make_memory_file(name, bytes);
  if (!file.is_open()) throw std::runtime_error("a file in memory could not be made");
  return file;
}

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : file_(memory_file(bytes)), size_(bytes.size()) {}

  FileSlice slice() const { return slice(0, size_); }
  FileSlice slice(std::size_t offset, std::size_t size) const {
    return {file_.get(), offset, size};
  }

 private:
  UniqueFd file_;
  std::size_t size_;
};

// All bytes of the slice.
inline std::string read_all(const FileSlice& slice) {
  std::string bytes(slice.size, '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const auto piece = read_piece(slice, done, {bytes.data() + done, bytes.size() - done});
    if (piece.empty()) throw std::runtime_error("a file is shorter than its slice");
    done += piece.size();
  }
  return bytes;
}

}  // namespace feedctl::support
