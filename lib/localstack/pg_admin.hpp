#pragma once
// The few statements that making roles and databases takes, over libpq. Connects for each call.
#include <string>
#include <vector>

namespace feedctl::localstack {

// Runs one statement; the first column of the first row, "" where there is none. Error(unavailable)
// where the server cannot be reached, Error(failed) where it refuses.
std::string execute(const std::string& url, const std::string& sql);

bool accepts_connections(const std::string& url);

// Names the socket in its folder; said everywhere, so that no PGPORT decides.
inline constexpr const char* socket_port = "5432";
// postgresql://USER@:5432/DATABASE?host=FOLDER
std::string socket_url(const std::string& user, const std::string& database,
                       const std::string& folder);

// For a path in any URL: all but unreserved characters and slashes as %XX.
std::string percent_encoded(const std::string& text);

std::string quoted_name(const std::string& name);

}  // namespace feedctl::localstack
