// Where a request body ends (RFC 9112, 6.3): the part of the framer that smuggling attacks.
#include <charconv>

#include "http/framer.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

[[noreturn]] void refuse(int status, std::string message) {
  throw Refusal{status, std::move(message), true};
}

std::size_t content_length(std::string_view text) {
  std::size_t length = 0;
  const auto* end = text.data() + text.size();
  const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  if (!digit || stop != end || error != std::errc{}) refuse(400, "malformed Content-Length");
  return length;
}

struct Codings {
  std::size_t count = 0;
  std::size_t chunked = 0;
  bool chunked_last = false;

  void add(std::string_view coding) {
    if (coding.empty()) refuse(400, "malformed Transfer-Encoding");
    ++count;
    chunked_last = same_word(coding, "chunked");
    chunked += chunked_last;
  }
};

}  // namespace

// Sets the state in which the body is read; false where there is none.
bool Framer::read_framing() {
  std::optional<std::size_t> length;
  Codings codings;
  for (const auto& [name, value] : framed_.request.headers) {
    if (name == "content-length") {
      if (length) refuse(400, "more than one Content-Length");
      length = content_length(value);
    } else if (name == "transfer-encoding") {
      for_each_item(value, [&](std::string_view coding) { codings.add(coding); });
    }
  }
  if (codings.count > 0) {
    if (length) refuse(400, "Content-Length and Transfer-Encoding exclude each other");
    if (framed_.http10) refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (codings.chunked > (codings.chunked_last ? 1U : 0U))
      refuse(400, "chunked must come last, once");
    if (codings.count > codings.chunked)
      refuse(501, "only Transfer-Encoding: chunked is understood");
    state_ = State::chunk_size;
    return true;
  }
  if (length.value_or(0) == 0) return false;
  if (*length > most_body_) refuse(413, "request body is too large");
  body_left_ = *length;
  state_ = State::sized_body;
  return true;
}

}  // namespace feedctl::http
