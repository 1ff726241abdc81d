#include "http/authority.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/ip_address.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string decode_unreserved(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
    const char c = low >= 0 ? static_cast<char>(high * 16 + low) : '\0';
    if (is_unreserved(c)) {
      out += c;
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string normalize_host(std::string_view text) {
  auto bare = text;
  if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']')
    bare = bare.substr(1, bare.size() - 2);
  if (const auto address = IpAddress::parse(bare)) return address->to_string();
  auto host = to_lower(decode_unreserved(text));
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  return host;
}

std::string normalize_port(std::string_view text) {
  const auto first = std::min(text.find_first_not_of('0'), text.size());
  return std::string(text.substr(first));
}

}  // namespace

std::string_view without_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon == std::string_view::npos) return authority;
  return bracket != std::string_view::npos && bracket > colon ? authority
                                                              : authority.substr(0, colon);
}

Authority parse_authority(std::string_view text) {
  if (IpAddress::parse(text)) return {normalize_host(text), ""};
  const auto host = without_port(text);
  const auto port = text.substr(std::min(host.size() + 1, text.size()));
  return {normalize_host(host), normalize_port(port)};
}

std::string normalize_origin(std::string_view origin) {
  const auto mark = origin.find("://");
  if (mark == std::string_view::npos) return std::string(origin);
  const auto scheme = to_lower(origin.substr(0, mark));
  const auto parsed = parse_authority(origin.substr(mark + 3));
  const bool implied =
      (scheme == "http" && parsed.port == "80") || (scheme == "https" && parsed.port == "443");
  const bool v6 = parsed.host.find(':') != std::string::npos;
  auto out = scheme + "://" + (v6 ? "[" + parsed.host + "]" : parsed.host);
  if (!parsed.port.empty() && !implied) out += ":" + parsed.port;
  return out;
}

}  // namespace feedctl::http
