#include "http_server/request_target.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "http/header_text.hpp"
#include "http_server/rejection.hpp"

namespace feedctl::http {

namespace {

[[noreturn]] void reject(const char* message) {
  throw Rejection::keep_alive(400, message);
}

// Removes one character from `text` and decodes it; `encoded`: it was written as %xx.
char next_char(std::string_view& text, bool& encoded) {
  encoded = text.front() == '%';
  if (!encoded) {
    const char c = text.front();
    text.remove_prefix(1);
    return c;
  }
  const int high = text.size() > 2 ? hex_value(text[1]) : -1;
  const int low = text.size() > 2 ? hex_value(text[2]) : -1;
  if (high < 0 || low < 0) reject("malformed percent-encoding in the request target");
  text.remove_prefix(3);
  return static_cast<char>(high * 16 + low);
}

void check_segment(std::string_view segment) {
  if (segment == "." || segment == "..") reject("path must not contain '.' or '..' segments");
}

std::string decode_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  std::size_t segment = 1;
  while (!raw.empty()) {
    bool encoded = false;
    const char c = next_char(raw, encoded);
    if (c == '\\' || is_control(c) || (c == '/' && encoded)) {
      reject("path must not contain encoded slashes, backslashes or control characters");
    }
    if (c == '/' && !path.empty()) {
      check_segment(std::string_view(path).substr(segment));
      segment = path.size() + 1;
    }
    path += c;
  }
  check_segment(std::string_view(path).substr(segment));
  if (!utf8_length(path)) reject("path must be UTF-8");
  return path;
}

std::string decode_query(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  while (!raw.empty()) {
    bool encoded = false;
    const char c = next_char(raw, encoded);
    if (c == '\0') reject("query must not contain NUL");
    text += c == '+' && !encoded ? ' ' : c;
  }
  if (!utf8_length(text)) reject("query must be UTF-8");
  return text;
}

void parse_query(std::string_view raw, std::size_t max_params, Target& target) {
  while (!raw.empty()) {
    const auto end = raw.find('&');
    const auto pair = raw.substr(0, end);
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
    if (pair.empty()) continue;
    if (target.query.size() == max_params) reject("too many query parameters");
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    target.query.emplace_back(decode_query(pair.substr(0, equals)), decode_query(value));
  }
}

// Removes "http://authority" from an absolute-form target.
std::string_view take_authority(std::string_view& text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) reject("request target must begin with '/'");
  const auto name = text.substr(0, scheme);
  if (!equals_ignore_case(name, "http") && !equals_ignore_case(name, "https"))
    reject("unknown scheme");
  text.remove_prefix(scheme + 3);
  const auto authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  if (authority.empty()) reject("request target names no host");
  return authority;
}

}  // namespace

Target parse_target(std::string_view text, std::size_t max_params) {
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  if (text.find('#') != std::string_view::npos) reject("request target must not have a fragment");
  if (text.empty() || text.front() != '/') target.authority = take_authority(text);
  const auto mark = text.find('?');
  const auto path = text.substr(0, mark);
  target.path = path.empty() ? "/" : decode_path(path);
  if (mark != std::string_view::npos) parse_query(text.substr(mark + 1), max_params, target);
  return target;
}

}  // namespace feedctl::http
