#include "base/http_url.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"

namespace feedctl {

namespace {

constexpr std::size_t max_url_size = 2048;
constexpr int http_port = 80;
constexpr int https_port = 443;

bool is_allowed(char c) {
  constexpr std::string_view refused = "\"<>\\^`{|}";
  return c > ' ' && c < '\x7f' && refused.find(c) == std::string_view::npos;
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
}

void check_characters(std::string_view text) {
  if (text.size() > max_url_size) throw UrlError("is longer than 2048 bytes");
  if (!std::all_of(text.begin(), text.end(), is_allowed))
    throw UrlError("has a character that a URL may not hold");
  if (text.find('#') != std::string_view::npos) throw UrlError("has a fragment (#)");
}

bool read_scheme(std::string_view& text) {
  const auto end = text.find("://");
  const auto scheme = to_lower(text.substr(0, end));
  if (end == std::string_view::npos || (scheme != "https" && scheme != "http"))
    throw UrlError("does not begin with https://");
  text.remove_prefix(end + 3);
  return scheme == "https";
}

int parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    throw UrlError("has a port that is no number from 1 to 65535");
  return port;
}

// "[::1]:8080" -> "::1" and ":8080".
std::string_view split_ipv6(std::string_view& text) {
  const auto end = text.find(']');
  const auto host = text.substr(1, end == std::string_view::npos ? end : end - 1);
  if (end == std::string_view::npos || host.find(':') == std::string_view::npos ||
      !IpAddress::parse(host)) {
    throw UrlError("has no IPv6 address within its [ ]");
  }
  text.remove_prefix(end + 1);
  return host;
}

void parse_authority(HttpUrl& url, std::string_view text) {
  if (text.find('@') != std::string_view::npos)
    throw UrlError("has a user or password, which cannot stand here");
  if (!text.empty() && text.front() == '[') {
    url.host = to_lower(split_ipv6(text));
  } else {
    url.host = to_lower(text.substr(0, text.find(':')));
    text.remove_prefix(url.host.size());
    if (!std::all_of(url.host.begin(), url.host.end(), is_host_character))
      throw UrlError("has a host that is no name");
  }
  if (url.host.empty()) throw UrlError("names no host");
  if (text.empty()) return;
  if (text.front() != ':') throw UrlError("has no port behind the ]");
  url.port = parse_port(text.substr(1));
}

}  // namespace

std::string HttpUrl::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  auto text = ipv6 ? "[" + host + "]" : host;
  if (port != (is_https ? https_port : http_port)) text += ":" + std::to_string(port);
  return text;
}

std::string HttpUrl::origin() const {
  return (is_https ? "https://" : "http://") + authority();
}

std::string HttpUrl::target() const {
  return query.empty() ? path : path + "?" + query;
}

bool HttpUrl::names_this_machine() const {
  if (const auto address = IpAddress::parse(host)) return address->is_loopback();
  return host == "localhost";
}

HttpUrl parse_http_url(std::string_view text) {
  check_characters(text);
  HttpUrl url;
  url.is_https = read_scheme(text);
  url.port = url.is_https ? https_port : http_port;
  const auto end = std::min(text.find_first_of("/?"), text.size());
  parse_authority(url, text.substr(0, end));
  text.remove_prefix(end);
  const auto mark = std::min(text.find('?'), text.size());
  url.path = std::string(text.substr(0, mark));
  if (url.path.empty()) url.path = "/";
  if (mark < text.size()) url.query = std::string(text.substr(mark + 1));
  return url;
}

}  // namespace feedctl
