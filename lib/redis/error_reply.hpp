#pragma once
// The error replies of Redis, classified by their first word. Plain functions, thread-safe.
#include <algorithm>
#include <array>
#include <string_view>

namespace feedctl::redis {

// "READONLY" of "READONLY You can't write ..". Redis 6 wraps the error of a command in a script:
// "ERR Error running script (..): @user_script:1: -READONLY You can't ..".
inline std::string_view parse_error_prefix(std::string_view error) {
  if (error.substr(0, 24) == "ERR Error running script") {
    const auto inner = error.find(": -");
    if (inner != std::string_view::npos) error.remove_prefix(inner + 3);
  }
  return error.substr(0, error.find(' '));
}

enum class ErrorScope {
  command,     // this command alone failed
  permission,  // this user may not run it
  server,      // the server must not be used, or has forgotten this connection
};

// After an error of scope `server` the caller closes the connection. The next one may reach another
// server: after a failover the address leads there.
inline ErrorScope classify_error(std::string_view error) {
  constexpr std::array<std::string_view, 8> of_server{
      "READONLY",    // it has become a replica
      "MASTERDOWN",  // a replica that has lost its primary
      "LOADING",     // it reads its data from disk
      "MISCONF",     // it takes no writes because its snapshots fail
      "NOREPLICAS",  // it takes no writes because it has too few replicas
      "CLUSTERDOWN",
      "NOAUTH",  // its passwords have changed
      "WRONGPASS",
  };
  const auto word = parse_error_prefix(error);
  if (std::find(of_server.begin(), of_server.end(), word) != of_server.end())
    return ErrorScope::server;
  return word == "NOPERM" ? ErrorScope::permission : ErrorScope::command;
}

}  // namespace feedctl::redis
