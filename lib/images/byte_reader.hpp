#pragma once
// Sequential reader of a part of a file, with a buffer of constant size. Every read beyond the end
// is Error(unprocessable), "the image is truncated". For one thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.hpp"
#include "base/file_slice.hpp"

namespace feedctl::images {

Error truncated();
Error damaged(const std::string& what);

class ByteReader {
 public:
  explicit ByteReader(const FileSlice& file) : file_(file) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return file_.size - position_; }

  // The bytes at the position that one read gives: at least one, none only at the end.
  std::span<const std::uint8_t> peek();
  void skip(std::size_t size);
  void read(std::span<std::uint8_t> to);

  std::uint8_t u8();
  std::uint32_t big_endian(int size);     // of up to 4 bytes
  std::uint32_t little_endian(int size);  // the same

 private:
  void fill();

  FileSlice file_;
  std::size_t position_ = 0;  // relative to the slice
  std::size_t buffer_start_ = 0;
  std::size_t buffer_size_ = 0;
  std::array<std::uint8_t, 16 * 1024> buffer_;
};

}  // namespace feedctl::images
