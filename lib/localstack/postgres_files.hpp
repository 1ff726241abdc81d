#pragma once
#include <filesystem>
#include <string>

namespace feedctl::localstack {

// The major version that made the data folder, "" where none did.
std::string cluster_version(const std::filesystem::path& data);

// A server that was killed leaves its pid behind, and by now that pid may be another process's,
// which a new server would take for a running one. Waits for what is left of the old server to be
// gone, ends it where it stays, then removes the file. The caller holds the folder's lock.
void clear_stale_pid(const std::filesystem::path& data);

}  // namespace feedctl::localstack
