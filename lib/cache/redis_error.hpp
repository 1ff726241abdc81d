#pragma once
// What an error reply of Redis says, by its first word. The one place that reads them.
#include <algorithm>
#include <array>
#include <string_view>

namespace feedctl::cache {

// "READONLY" of "READONLY You can't write ..". Redis 6 wraps what a command in a script failed
// with: "ERR Error running script (..): @user_script:1: -READONLY You can't ..".
inline std::string_view redis_error_word(std::string_view error) {
  if (error.substr(0, 24) == "ERR Error running script") {
    const auto inner = error.find(": -");
    if (inner != std::string_view::npos) error.remove_prefix(inner + 3);
  }
  return error.substr(0, error.find(' '));
}

enum class RedisFault {
  command,     // of this command alone
  permission,  // this user may not
  server,      // the server is not to be used as it is, or does not know this connection any more
};

// A connection that met a fault of the server is closed, so that the next one is made to whatever
// the address leads to by then: after a failover to another server.
inline RedisFault classify_redis_error(std::string_view error) {
  constexpr std::array<std::string_view, 8> of_server{
      "READONLY",    // it has become a replica
      "MASTERDOWN",  // a replica that has lost its primary
      "LOADING",     // it reads its data from disk
      "MISCONF",     // it takes no writes: its snapshots fail
      "NOREPLICAS",  // it takes no writes: too few replicas follow it
      "CLUSTERDOWN",
      "NOAUTH",  // passwords have changed
      "WRONGPASS",
  };
  const auto word = redis_error_word(error);
  if (std::find(of_server.begin(), of_server.end(), word) != of_server.end())
    return RedisFault::server;
  return word == "NOPERM" ? RedisFault::permission : RedisFault::command;
}

}  // namespace feedctl::cache
