#pragma once
// Buffered sequential writer of a file that a confined process has got. A failed write ends the
// process (codecs.hpp). Single-threaded.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace feedctl::images {

class OutputFile {
 public:
  explicit OutputFile(int fd) : fd_(fd) {}

  void write(const std::uint8_t* bytes, std::size_t size);
  // Writes what is left; the size of the file.
  std::uint64_t finish();

 private:
  void flush();

  int fd_;
  std::uint64_t size_ = 0;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace feedctl::images
