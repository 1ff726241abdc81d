#pragma once
// A part of an open file. The descriptor is borrowed: its owner keeps it open for as long as the
// slice is used. Readers use pread(), so that any number of threads may read one file.
#include <cstddef>

namespace feedctl {

struct FileSlice {
  int fd = -1;
  std::size_t offset = 0;
  std::size_t size = 0;
};

}  // namespace feedctl
