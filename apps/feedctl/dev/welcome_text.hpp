#pragma once
// Text that `feedctl dev` prints once it is ready. Plain function.
#include <filesystem>
#include <string>

#include "dev_servers/dev_servers.hpp"

namespace feedctl::cli {

// Addresses of the servers, and curl examples with ids of existing users and posts.
// Error(unavailable) if the database goes away.
std::string welcome_text(const dev_servers::DevServers& servers,
                         const std::filesystem::path& config, int port);

}  // namespace feedctl::cli
