#include "cache/redis_url.hpp"

#include <charconv>
#include <optional>

#include "base/error.hpp"

namespace feedctl::cache {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::config, "redis url: " + why)
      .with_hint("write redis://[:password@]host:port/db or unix:///path?db=0");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  refuse("a % is not followed by two hex digits");
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) refuse("a % is not followed by two hex digits");
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    if (out.back() == '\0') refuse("%00 cannot stand here");
    i += 2;
  }
  return out;
}

int number(std::string_view text, int max, const char* what) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > max) {
    refuse(std::string(what) + " must be a number from 0 to " + std::to_string(max));
  }
  return value;
}

// Cuts `text` at the first `mark`: what is behind it, or nullopt where there is none.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

void read_options(RedisAddress& address, std::string_view query) {
  while (!query.empty()) {
    const auto rest = cut(query, '&');
    const auto value = cut(query, '=').value_or("");
    if (query == "db")
      address.db = number(value, 1 << 20, "db");
    else if (query == "user")
      address.user = decode(value);
    else if (query == "password")
      address.password = decode(value);
    else
      refuse("unknown option behind the ?; within a password it is written %3F");
    query = rest.value_or("");
  }
}

void read_credentials(RedisAddress& address, std::string_view text) {
  const auto password = cut(text, ':');
  address.user = decode(text);
  address.password = decode(password.value_or(""));
}

void read_host(RedisAddress& address, std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) refuse("a [ has no ]");
    address.host = std::string(text.substr(1, end - 1));
    text = text.substr(end + 1);
    if (!text.empty() && text.front() != ':') refuse("a port is expected behind the ]");
  } else {
    address.host = decode(text.substr(0, text.find(':')));
  }
  if (const auto port = cut(text, ':')) address.port = number(*port, 65535, "port");
  if (address.host.empty()) refuse("the host is missing");
}

RedisAddress parse_tcp(std::string_view rest) {
  RedisAddress address;
  if (const auto query = cut(rest, '?')) read_options(address, *query);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    read_credentials(address, rest.substr(0, at));
    rest = rest.substr(at + 1);
  }
  const auto db = cut(rest, '/');
  if (db && !db->empty()) address.db = number(*db, 1 << 20, "db");
  read_host(address, rest);
  return address;
}

RedisAddress parse_unix(std::string_view rest) {
  RedisAddress address;
  if (const auto query = cut(rest, '?')) read_options(address, *query);
  address.path = decode(rest);
  if (address.path.empty() || address.path.front() != '/') refuse("the socket's path is missing");
  if (address.path.size() > 107) refuse("the socket's path is longer than 107 bytes");
  return address;
}

}  // namespace

RedisAddress parse_redis_url(std::string_view url) {
  constexpr std::string_view tcp = "redis://", local = "unix://";
  if (url.substr(0, tcp.size()) == tcp) return parse_tcp(url.substr(tcp.size()));
  if (url.substr(0, local.size()) == local) return parse_unix(url.substr(local.size()));
  refuse("it must begin with redis:// or unix://");
}

}  // namespace feedctl::cache
