#pragma once
// What a process that starts servers of its own takes of the environment it was started in: an
// allow-list, since nobody knows all variables by which another server, password or socket can be
// named (PG*, CREDENTIALS_DIRECTORY, LISTEN_FDS, ..).
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::localstack {

// Folders, language, time zone, terminal, and what the loader and sanitizers read.
bool is_neutral_variable(std::string_view name);

// Removes every other variable from this process, and so from its children, except where `keep`
// says so; the names that were removed. Call it before there are threads.
std::vector<std::string> reduce_environment(const std::function<bool(std::string_view)>& keep);

}  // namespace feedctl::localstack
