#include "http_server/fast_request_parser.hpp"

#include <algorithm>
#include <array>

#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_fast_line = 1024;  // of the request; longer ones are not usual
constexpr std::string_view version = " HTTP/1.1\r\n";

using CharTable = std::array<bool, 256>;

// Characters of a target that stand for themselves and whose meaning nothing changes.
constexpr CharTable plain_target_chars = [] {
  CharTable table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : std::string_view("-_.~/?&=,:;@!$'()*")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

constexpr CharTable token_chars = [] {
  CharTable table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_token_char(static_cast<char>(c));
  return table;
}();

bool consists_of(const CharTable& table, std::string_view text) {
  for (const char c : text) {
    if (!table[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

// Without a branch a byte, so that the compiler can take many at once.
bool has_control(std::string_view text) {
  unsigned found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte == 0x7f);
  }
  return found != 0;
}

}  // namespace

bool FastRequestParser::parse_request_line(std::string_view bytes, FastRequestHead& head) {
  std::size_t start = 0;
  if (bytes.substr(0, 5) == "GET /") {
    head.method_ = Method::get;
    start = 4;
  } else if (bytes.substr(0, 6) == "HEAD /") {
    head.method_ = Method::head;
    start = 5;
  } else {
    return false;
  }
  const auto max_size = std::min(max_fast_line, limits_.max_request_line);
  if (max_size < start + version.size()) return false;
  const auto rest = bytes.substr(start, max_size - start - version.size());
  const auto space = rest.find(' ');
  if (space == std::string_view::npos || bytes.substr(start + space, version.size()) != version)
    return false;
  const auto target = rest.substr(0, space);
  if (!consists_of(plain_target_chars, target)) return false;
  const auto mark = target.find('?');
  head.path_ = target.substr(0, mark);
  head.query_ = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (head.path_.find("/.") != std::string_view::npos) return false;
  const auto more = std::count(head.query_.begin(), head.query_.end(), '&');
  if (!head.query_.empty() && static_cast<std::size_t>(more) >= limits_.max_query_params)
    return false;
  request_line_size_ = start + space + version.size();
  return true;
}

std::size_t FastRequestParser::parse_fields(std::string_view bytes, FastRequestHead& head) const {
  head.fields_ = {};
  auto rest = bytes.substr(request_line_size_, limits_.max_header_bytes);
  for (std::size_t count = 0; count <= limits_.max_header_count; ++count) {
    const auto newline = rest.find('\n');
    if (newline == std::string_view::npos || newline == 0 || rest[newline - 1] != '\r') return 0;
    const auto line = rest.substr(0, newline - 1);
    rest.remove_prefix(newline + 1);
    if (line.empty()) {
      return is_eligible(head) ? static_cast<std::size_t>(rest.data() - bytes.data()) : 0;
    }
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line.size() > limits_.max_header_line)
      return 0;
    const auto name = line.substr(0, colon);
    const auto value = trimmed(line.substr(colon + 1));
    if (!consists_of(token_chars, name) || has_control(value) || !head.add_field(name, value))
      return 0;
  }
  return 0;
}

// The RequestParser would neither reject the request nor treat it in a special way.
bool FastRequestParser::is_eligible(FastRequestHead& head) const {
  for (const auto name :
       {Field::expect, Field::content_length, Field::content_encoding, Field::transfer_encoding}) {
    if (head.has_field(name)) return false;
  }
  const auto host = head.field(Field::host);
  if (!host || host->empty() || !HostAllowlist::is_well_formed(*host) || !hosts_.allows(*host))
    return false;
  const auto connection = head.field(Field::connection);
  head.wants_close_ = connection && equals_ignore_case(*connection, "close");
  return !connection || head.wants_close_ || equals_ignore_case(*connection, "keep-alive");
}

}  // namespace feedctl::http
