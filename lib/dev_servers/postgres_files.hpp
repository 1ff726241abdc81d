#pragma once
// Files of a PostgreSQL data directory. Plain functions.
#include <filesystem>
#include <string>

namespace feedctl::dev_servers {

// The major version of the data directory, "" if it holds no cluster.
std::string cluster_version(const std::filesystem::path& data);

// Removes a stale postmaster.pid: a killed server leaves the file behind, and its pid may belong to
// another process by now, which would keep a new server from starting. Waits for processes of the
// old server first, and signals those that stay. The caller holds the directory's lock.
// Error(unavailable) if one stays.
void clear_stale_pid(const std::filesystem::path& data);

}  // namespace feedctl::dev_servers
