#pragma once
// Text that `feedctl dev` prints once it is ready. Plain function.
#include <filesystem>
#include <string>

#include "dev_openid/options.hpp"
#include "dev_servers/dev_servers.hpp"

namespace feedctl::cli {

struct WelcomeOptions {
  int port = 0;
  int prometheus_port = 0;  // 0: it does not run
  bool needs_tokens = false;
};

// Addresses of the servers, and curl examples with ids of existing users and posts. One uploads an
// image, where this build has the image libraries. Links lead to the console and the API
// documentation. With `needs_tokens` the examples carry tokens, and a link leads to the sign-in
// page. Error(unavailable) if the database goes away.
std::string welcome_text(const dev_servers::DevServers& servers,
                         const std::filesystem::path& config, const WelcomeOptions& options,
                         const dev_openid::Options& provider);

}  // namespace feedctl::cli
