#pragma once
// A part of an open file. The descriptor is borrowed: its owner keeps it open for as long as the
// slice is used. Readers use pread(), so that any number of threads may read one file.
#include <cstddef>
#include <span>
#include <string_view>

namespace feedctl {

struct FileSlice {
  int fd = -1;
  std::size_t offset = 0;
  std::size_t size = 0;
};

// Reads from byte `done` of the slice on, into `buffer` and as much of it as comes at once. Empty
// at the end of the slice, and before it where the file ends or cannot be read: errno is 0 or says
// why.
std::string_view read_piece(const FileSlice& slice, std::size_t done, std::span<char> buffer);

}  // namespace feedctl
