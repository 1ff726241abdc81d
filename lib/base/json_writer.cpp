#include "base/json_writer.hpp"

#include <charconv>
#include <cmath>

#include "base/encoding.hpp"
#include "base/utf8.hpp"

namespace feedctl::json {

namespace {

// The length of the well-formed UTF-8 sequence at the front, or 0.
std::size_t sequence_length(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t length = lead < 0xc2   ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || bytes.size() < length || !utf8_length(bytes.substr(0, length))) return 0;
  return length;
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      append_hex_byte(out, c);
  }
}

}  // namespace

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (std::size_t at = 0; at < value.size();) {
    std::size_t run = at;
    while (run < value.size()) {
      const auto c = static_cast<unsigned char>(value[run]);
      if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') break;
      ++run;
    }
    out.append(value, at, run - at);
    at = run;
    if (at == value.size()) break;
    if (const auto c = static_cast<unsigned char>(value[at]); c < 0x80) {
      append_escaped(out, c);
      ++at;
    } else if (const auto length = sequence_length(value.substr(at)); length > 0) {
      const auto last = static_cast<unsigned char>(value[at + length - 1]);
      if (c == 0xc2 && last < 0xa0)
        append_escaped(out, last);  // U+0080 to U+009F: terminals obey them like ESC sequences
      else
        out.append(value, at, length);
      at += length;
    } else {
      out += "\xef\xbf\xbd";
      ++at;
    }
  }
  out += '"';
}

Writer& Writer::key(std::string_view name) {
  begin_value();
  append_quoted(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::optional_time(std::string_view name, std::optional<Time> value) {
  return value ? text(name, rfc3339(*value)) : null(name);
}

Writer& Writer::text(std::string_view value) {
  begin_value();
  append_quoted(out_, value);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  begin_value();
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out_.append(buffer, end);
  return *this;
}

Writer& Writer::real(double value) {
  begin_value();
  if (!std::isfinite(value)) {
    out_ += "null";
    return *this;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out_.append(buffer, end);
  return *this;
}

}  // namespace feedctl::json
