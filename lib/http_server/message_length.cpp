#include "http_server/message_length.hpp"

#include <charconv>
#include <optional>

#include "http/header_text.hpp"
#include "http_server/rejection.hpp"

namespace feedctl::http {

namespace {

[[noreturn]] void reject(int status, std::string message) {
  throw Rejection::closing(status, std::move(message));
}

std::size_t content_length(std::string_view text) {
  std::size_t length = 0;
  const auto* end = text.data() + text.size();
  const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  if (!digit || stop != end || error != std::errc{}) reject(400, "malformed Content-Length");
  return length;
}

struct Codings {
  std::size_t count = 0;
  std::size_t chunked = 0;
  bool chunked_last = false;

  void add(std::string_view coding) {
    if (coding.empty()) reject(400, "malformed Transfer-Encoding");
    ++count;
    chunked_last = equals_ignore_case(coding, "chunked");
    chunked += chunked_last;
  }
};

}  // namespace

MessageLength message_length(const Headers& headers, bool http10) {
  std::optional<std::size_t> length;
  Codings codings;
  for (const auto& [name, value] : headers) {
    if (name == "content-length") {
      if (length) reject(400, "more than one Content-Length");
      length = content_length(value);
    } else if (name == "transfer-encoding") {
      for_each_item(value, [&](std::string_view coding) { codings.add(coding); });
    }
  }
  if (codings.count > 0) {
    if (length) reject(400, "Content-Length and Transfer-Encoding exclude each other");
    if (http10) reject(400, "HTTP/1.0 has no Transfer-Encoding");
    if (codings.chunked > (codings.chunked_last ? 1U : 0U))
      reject(400, "chunked must come last, once");
    if (codings.count > codings.chunked)
      reject(501, "only Transfer-Encoding: chunked is understood");
    return {MessageLength::Kind::chunked, 0};
  }
  if (length.value_or(0) == 0) return {MessageLength::Kind::none, 0};
  return {MessageLength::Kind::sized, *length};
}

}  // namespace feedctl::http
