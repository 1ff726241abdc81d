#pragma once
// Allow-list of environment variables for a process that starts private servers.
//
// Too many variables can name another server, password or socket to list them all (PG*,
// CREDENTIALS_DIRECTORY, LISTEN_FDS), so every other variable is removed. Not thread-safe.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::dev_servers {

// Paths, language, time zone, terminal, and variables of the dynamic loader and the sanitizers.
bool is_allowed_variable(std::string_view name);

// Removes all other variables, except those that `keep` accepts, from this process and its
// children. Returns the removed names. Call it before any thread starts.
std::vector<std::string> sanitize_environment(const std::function<bool(std::string_view)>& keep);

}  // namespace feedctl::dev_servers
