#include "redis/address.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"
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

void parse_options(Address& address, std::string_view query) {
  while (!query.empty()) {
    auto value = next_field(query, '&');
    const auto name = next_field(value, '=');
    if (name == "db")
      address.db = parse_database_number(value);
    else if (name == "user")
      address.user = percent_decode(value);
    else if (name == "password")
      address.password = percent_decode(value);
    else
      refuse("has an unknown option behind the ?; within a password ? is written %3F");
  }
}

Address parse_tcp(std::string_view rest) {
  Address address;
  const auto server = next_field(rest, '?');
  parse_options(address, rest);
  auto url = parse_server_url(server);
  address.host = std::move(url.host);
  address.port = url.port.value_or(address.port);
  if (!url.user.empty()) address.user = std::move(url.user);
  if (!url.password.empty()) address.password = std::move(url.password);
  if (!url.path.empty()) address.db = parse_database_number(url.path);
  return address;
}

Address parse_unix(std::string_view rest) {
  Address address;
  const auto path = next_field(rest, '?');
  parse_options(address, rest);
  address.path = percent_decode(path);
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
