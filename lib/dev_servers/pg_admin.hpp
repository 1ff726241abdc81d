#pragma once
// Administrative statements over libpq, and URLs of private servers. Each call opens a connection
// of its own. Plain functions; thread-safe.
#include <string>
#include <vector>

namespace feedctl::dev_servers {

// Runs one statement and returns the first column of the first row, or "". Error(unavailable) if
// the server cannot be reached, Error(failed) if it refuses.
std::string execute(const std::string& url, const std::string& sql);

bool accepts_connections(const std::string& url);

// Part of the socket's file name. All URLs state it, so that PGPORT has no effect.
inline constexpr const char* socket_port = "5432";
// postgresql://USER@:5432/DATABASE?host=FOLDER
std::string socket_url(const std::string& user, const std::string& database,
                       const std::string& dir);

std::string quoted_name(const std::string& name);

}  // namespace feedctl::dev_servers
