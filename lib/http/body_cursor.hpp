#pragma once
// A forward reader of a file with bounded look-ahead, for parsers of request bodies. It holds
// `capacity` bytes in memory, whatever the size of the file. The caller keeps the descriptor open.
// One thread at a time. Error(unavailable) where the file cannot be read.
#include <cstddef>
#include <string_view>
#include <vector>

namespace feedctl::http {

class BodyCursor {
 public:
  static constexpr std::size_t capacity = 32 * 1024;

  explicit BodyCursor(int fd) : fd_(fd), buffer_(capacity) {}

  std::size_t position() const { return position_; }
  // The next bytes, up to `size` and `capacity`; fewer only where the file ends. They are valid
  // until the next call.
  std::string_view peek(std::size_t size);
  // Drops bytes that peek() has returned.
  void skip(std::size_t size);
  // Moves to the next occurrence of `text`, which is shorter than `capacity`; false: there is none.
  bool find(std::string_view text);

 private:
  void refill();

  const int fd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of the bytes in the buffer
  std::size_t position_ = 0;         // of `begin_` in the file
  bool has_ended_ = false;           // the buffer has the last byte of the file
};

}  // namespace feedctl::http
