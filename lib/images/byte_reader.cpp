#include "images/byte_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace feedctl::images {

Error truncated() {
  return Error(ErrorCode::unprocessable, "the image is truncated");
}

Error damaged(const std::string& what) {
  return Error(ErrorCode::unprocessable, "the image is damaged: " + what);
}

void ByteReader::fill() {
  const auto wanted = std::min(buffer_.size(), remaining());
  ssize_t got = 0;
  do {
    got = ::pread(file_.fd, buffer_.data(), wanted, static_cast<off_t>(file_.offset + position_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    throw Error(ErrorCode::unavailable, "the image could not be read")
        .with_detail(std::strerror(errno));
  }
  if (got == 0) throw truncated();  // the file is shorter than its slice
  buffer_start_ = position_;
  buffer_size_ = static_cast<std::size_t>(got);
}

std::span<const std::uint8_t> ByteReader::peek() {
  if (remaining() == 0) return {};
  if (position_ < buffer_start_ || position_ >= buffer_start_ + buffer_size_) fill();
  const auto at = position_ - buffer_start_;
  return {buffer_.data() + at, buffer_size_ - at};
}

void ByteReader::skip(std::size_t size) {
  if (size > remaining()) throw truncated();
  position_ += size;
}

void ByteReader::read(std::span<std::uint8_t> to) {
  if (to.size() > remaining()) throw truncated();
  while (!to.empty()) {
    const auto bytes = peek();
    const auto size = std::min(bytes.size(), to.size());
    std::copy_n(bytes.begin(), size, to.begin());
    position_ += size;
    to = to.subspan(size);
  }
}

std::uint8_t ByteReader::u8() {
  const auto bytes = peek();
  if (bytes.empty()) throw truncated();
  ++position_;
  return bytes.front();
}

std::uint32_t ByteReader::big_endian(int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | u8();
  return value;
}

std::uint32_t ByteReader::little_endian(int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value |= std::uint32_t{u8()} << (8 * i);
  return value;
}

}  // namespace feedctl::images
