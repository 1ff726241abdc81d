#include "base/url.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace feedctl {
namespace {

constexpr std::string_view unreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

int required_hex_digit(std::string_view text, std::size_t at) {
  const int value = at < text.size() ? hex_value(text[at]) : -1;
  if (value >= 0) return value;
  throw UrlError("has a % without two hex digits behind it; a % itself is written %25");
}

int parse_port(std::string_view text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    throw UrlError("has a port that is no number from 1 to 65535");
  return port;
}

// Cuts `text` at the first `mark`. Returns the rest after it; nullopt: no mark.
std::optional<std::string_view> split_at(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

void parse_credentials(ServerUrl& url, std::string_view text) {
  const auto password = split_at(text, ':');
  url.user = percent_decode(text);
  url.password = percent_decode(password.value_or(""));
}

void parse_host(ServerUrl& url, std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) throw UrlError("has a [ without its ]");
    url.host = std::string(text.substr(1, end - 1));
    text = text.substr(end + 1);
    if (!text.empty() && text.front() != ':') throw UrlError("has no port behind the ]");
  } else {
    url.host = percent_decode(text.substr(0, text.find(':')));
  }
  if (const auto port = split_at(text, ':'); port && !port->empty()) url.port = parse_port(*port);
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
    const int high = required_hex_digit(text, i + 1);
    out += static_cast<char>(high * 16 + required_hex_digit(text, i + 2));
    if (out.back() == '\0') throw UrlError("has a %00, which cannot stand here");
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view also_plain) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos ||
        also_plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15U];
  }
  return out;
}

ServerUrl parse_server_url(std::string_view text) {
  ServerUrl url;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    parse_credentials(url, text.substr(0, at));
    text = text.substr(at + 1);
  }
  url.path = std::string(split_at(text, '/').value_or(""));
  parse_host(url, text);
  return url;
}

}  // namespace feedctl
