#pragma once
#include <string>
#include <string_view>

namespace feedctl::cache {

// Where a Redis is and how to enter it.
struct RedisAddress {
  std::string path;  // of a unix socket; "" for TCP
  std::string host;
  int port = 6379;
  std::string user;  // "" for the default user
  std::string password;
  int db = 0;
};

// redis://[[user]:password@]host[:port][/db] or unix:///path[?db=0&user=..&password=..], with
// percent-encoding. Error(config) for anything else, without the password in its text.
RedisAddress parse_redis_url(std::string_view url);

}  // namespace feedctl::cache
