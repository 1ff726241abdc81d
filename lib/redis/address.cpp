#include "redis/address.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/url.hpp"

namespace feedctl::redis {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::config, "redis url: " + why)
      .with_hint("write redis://[:password@]host:port/db or unix:///path?db=0");
}

int parse_database_number(std::string_view text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > 1 << 20)
    refuse("has a database that is no number");
  return value;
}

// Cuts `text` at the first `mark` and returns the rest behind it, which may be "".
std::string_view split_off(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

void parse_options(Address& address, std::string_view query) {
  while (!query.empty()) {
    const auto rest = split_off(query, '&');
    const auto value = split_off(query, '=');
    if (query == "db")
      address.db = parse_database_number(value);
    else if (query == "user")
      address.user = percent_decode(value);
    else if (query == "password")
      address.password = percent_decode(value);
    else
      refuse("has an unknown option behind the ?; within a password ? is written %3F");
    query = rest;
  }
}

Address parse_tcp(std::string_view rest) {
  Address address;
  parse_options(address, split_off(rest, '?'));
  auto url = parse_server_url(rest);
  address.host = std::move(url.host);
  address.port = url.port.value_or(address.port);
  if (!url.user.empty()) address.user = std::move(url.user);
  if (!url.password.empty()) address.password = std::move(url.password);
  if (!url.path.empty()) address.db = parse_database_number(url.path);
  return address;
}

Address parse_unix(std::string_view rest) {
  Address address;
  parse_options(address, split_off(rest, '?'));
  address.path = percent_decode(rest);
  if (address.path.empty() || address.path.front() != '/') refuse("the socket's path is missing");
  if (address.path.size() > 107) refuse("the socket's path is longer than 107 bytes");
  return address;
}

}  // namespace

Address parse_url(std::string_view url) {
  constexpr std::string_view tcp = "redis://", local = "unix://";
  try {
    if (url.substr(0, tcp.size()) == tcp) return parse_tcp(url.substr(tcp.size()));
    if (url.substr(0, local.size()) == local) return parse_unix(url.substr(local.size()));
  } catch (const UrlError& error) {
    refuse(error.what());
  }
  refuse("it must begin with redis:// or unix://");
}

}  // namespace feedctl::redis
