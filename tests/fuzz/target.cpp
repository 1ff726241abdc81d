// Request targets: what is accepted is plain, and written out again it reads the same.
#include <algorithm>

#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "http/header_text.hpp"
#include "http_server/rejection.hpp"
#include "http_server/request_target.hpp"

namespace feedctl::fuzz {
namespace {

constexpr std::size_t max_params = 4;

std::string encoded(std::string_view text, bool path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (path && c == '/');
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

void check(const http::Target& target) {
  const auto& path = target.path;
  if (path == "*") return;
  require(!path.empty() && path.front() == '/', "a path without its slash");
  require(utf8_length(path).has_value(), "a path that is not UTF-8");
  require(std::none_of(path.begin(), path.end(), http::is_control), "a control byte in a path");
  require(path.find('\\') == std::string::npos, "a backslash in a path");
  for (const auto* climbs : {"/../", "/./"}) {
    require((path + "/").find(climbs) == std::string::npos, "a path that climbs");
  }
  require(target.query.size() <= max_params, "too many parameters");
  std::string again = encoded(path, true);
  for (const auto& [name, value] : target.query) {
    require(utf8_length(name) && utf8_length(value), "a query that is not UTF-8");
    require((name + value).find('\0') == std::string::npos, "NUL in a query");
    again += again.find('?') == std::string::npos ? '?' : '&';
    again += encoded(name, false) + '=' + encoded(value, false);
  }
  const auto same = http::parse_target(again, max_params);
  require(same.path == path, "another path than " + shown(path) + " of " + shown(again));
  require(same.query == target.query, "another query of " + shown(again));
}

}  // namespace

void target(std::string_view bytes) {
  try {
    check(http::parse_target(bytes, max_params));
  } catch (const http::Rejection& refusal) {
    require(refusal.status == 400 && !refusal.close_connection, "a refusal of another kind");
  }
}

}  // namespace feedctl::fuzz
