#pragma once
// Sign-in of `feedctl dev`: its accounts for the console, and the settings of its OpenID provider,
// which the process of the provider reads from the data directory. Plain functions for the main
// thread.
#include <filesystem>
#include <string>

#include "dev_openid/options.hpp"
#include "dev_servers/dev_servers.hpp"

namespace feedctl::cli {

// A client of its own for each run, whose redirect URI is that of the server on `port`.
dev_openid::Options make_provider_options(int port, int provider_port);

// Makes the users `admin` and `editor` with these roles, where they are not there yet; a role that
// was taken away comes back. Error(unavailable) if the database goes away.
void add_console_accounts(const dev_servers::DevServers& servers);

// Adds people of the database, those of the console first, who keep their accounts when they sign
// in. Error(unavailable) if the database goes away.
void add_people(dev_openid::Options& options, const dev_servers::DevServers& servers);

// DIR/openid.json, readable by its owner only: it holds the client's secret.
void write_provider_settings(const std::filesystem::path& data_dir,
                             const dev_openid::Options& options);
// Error(bad_data) if it is not as write_provider_settings() leaves it.
dev_openid::Options read_provider_settings(const std::filesystem::path& data_dir);

}  // namespace feedctl::cli
