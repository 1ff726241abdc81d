#pragma once
// The address of a Redis server, from its URL. A plain value.
#include <string>
#include <string_view>

namespace feedctl::redis {

struct Address {
  std::string path;  // of a unix socket; "" for TCP
  std::string host;
  int port = 6379;
  std::string user;  // "" for the default user
  std::string password;
  int db = 0;
};

// Parses redis://[[user]:password@]host[:port][/db] or unix:///path[?db=0&user=..&password=..],
// with percent-encoding. Error(config) for anything else; its text does not contain the password.
Address parse_url(std::string_view url);

}  // namespace feedctl::redis
