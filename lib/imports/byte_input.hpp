#pragma once
// A buffered stream of bytes that a function delivers. Memory: one buffer. One thread; the function
// throws what it likes.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::imports {

class ByteInput {
 public:
  // Fills a part of the buffer and gives its size; 0: the end.
  using Read = std::function<std::size_t(std::span<char>)>;
  static constexpr std::size_t default_buffer = 256 * 1024;
  static constexpr int end = -1;

  explicit ByteInput(Read read, std::size_t buffer_size = default_buffer);

  // The next byte, or `end`.
  int peek() {
    if (at_ == filled_ && !fill()) return end;
    return static_cast<unsigned char>(buffer_[at_]);
  }
  int get() {
    const int byte = peek();
    if (byte != end) ++at_;
    return byte;
  }
  // What the buffer holds; empty only at the end. Valid until the next call but consume().
  std::string_view available() {
    if (at_ == filled_) fill();
    return {buffer_.data() + at_, filled_ - at_};
  }
  // As available(), but at least `size` bytes, if they come and the buffer holds them.
  std::string_view ahead(std::size_t size);
  void consume(std::size_t size) { at_ += size; }
  // How many bytes were consumed.
  std::uint64_t position() const { return before_ + at_; }

  // Appends `size` bytes, which the caller bounds; false: the stream ends before.
  bool append_to(std::string& out, std::uint64_t size);
  bool skip(std::uint64_t size);

 private:
  bool fill();

  Read read_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t before_ = 0;  // bytes of earlier fills
  bool is_at_end_ = false;
};

}  // namespace feedctl::imports
