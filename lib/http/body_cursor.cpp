#include "http/body_cursor.hpp"

#include <algorithm>

#include "http/body_file.hpp"

namespace feedctl::http {

std::string_view BodyCursor::peek(std::size_t size) {
  if (end_ - begin_ < size && !has_ended_) refill();
  return {buffer_.data() + begin_, std::min(size, end_ - begin_)};
}

void BodyCursor::refill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  const auto room = capacity - end_;
  const auto got = read_at(fd_, position_ + end_, buffer_.data() + end_, room);
  end_ += got;
  has_ended_ = got < room;
}

void BodyCursor::skip(std::size_t size) {
  begin_ += size;
  position_ += size;
}

bool BodyCursor::find(std::string_view text) {
  for (;;) {
    const auto view = peek(capacity);
    if (const auto at = view.find(text); at != std::string_view::npos) {
      skip(at);
      return true;
    }
    if (view.size() < capacity) return false;
    skip(capacity - (text.size() - 1));
  }
}

}  // namespace feedctl::http
