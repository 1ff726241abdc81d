#include "imports/byte_input.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::imports {

ByteInput::ByteInput(Read read, std::size_t buffer_size)
    : read_(std::move(read)), buffer_(std::max<std::size_t>(buffer_size, 1)) {}

bool ByteInput::fill() {
  if (is_at_end_) return false;
  before_ += filled_;
  at_ = filled_ = 0;
  filled_ = read_(buffer_);
  is_at_end_ = filled_ == 0;
  return !is_at_end_;
}

std::string_view ByteInput::ahead(std::size_t size) {
  std::copy(buffer_.data() + at_, buffer_.data() + filled_, buffer_.data());
  before_ += at_;
  filled_ -= std::exchange(at_, 0);
  const std::span<char> buffer(buffer_);
  while (!is_at_end_ && filled_ < std::min(size, buffer.size())) {
    const auto more = read_(buffer.subspan(filled_));
    filled_ += more;
    is_at_end_ = more == 0;
  }
  return {buffer_.data(), filled_};
}

bool ByteInput::append_to(std::string& out, std::uint64_t size) {
  while (size > 0) {
    const auto bytes = available().substr(0, size);
    if (bytes.empty()) return false;
    out.append(bytes);
    consume(bytes.size());
    size -= bytes.size();
  }
  return true;
}

bool ByteInput::skip(std::uint64_t size) {
  while (size > 0) {
    const auto count = available().substr(0, size).size();
    if (count == 0) return false;
    consume(count);
    size -= count;
  }
  return true;
}

}  // namespace feedctl::imports
