#include "base/url.hpp"

#include <charconv>

namespace feedctl {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw UrlError("has a % without two hex digits behind it; a % itself is written %25");
}

int parse_port(std::string_view text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    throw UrlError("has a port that is no number from 1 to 65535");
  return port;
}

// Cuts `text` at the first `mark`: what is behind it, or nullopt where there is none.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

void read_credentials(ServerUrl& url, std::string_view text) {
  const auto password = cut(text, ':');
  url.user = percent_decode(text);
  url.password = percent_decode(password.value_or(""));
}

void read_host(ServerUrl& url, std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) throw UrlError("has a [ without its ]");
    url.host = std::string(text.substr(1, end - 1));
    text = text.substr(end + 1);
    if (!text.empty() && text.front() != ':') throw UrlError("has no port behind the ]");
  } else {
    url.host = percent_decode(text.substr(0, text.find(':')));
  }
  if (const auto port = cut(text, ':'); port && !port->empty()) url.port = parse_port(*port);
  if (url.host.empty()) throw UrlError("names no host");
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto digit = [&](std::size_t at) { return hex_digit(at < text.size() ? text[at] : ' '); };
    out += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
    if (out.back() == '\0') throw UrlError("has a %00, which cannot stand here");
    i += 2;
  }
  return out;
}

ServerUrl parse_server_url(std::string_view text) {
  ServerUrl url;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    read_credentials(url, text.substr(0, at));
    text = text.substr(at + 1);
  }
  url.path = std::string(cut(text, '/').value_or(""));
  read_host(url, text);
  return url;
}

}  // namespace feedctl
