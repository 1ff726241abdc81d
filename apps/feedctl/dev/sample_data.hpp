#pragma once
// Sample data of `feedctl dev`. Plain function for the main thread.
#include <filesystem>
#include <optional>
#include <string>

#include "dev_servers/dev_servers.hpp"
#include "feedctl/dev/stop_signals.hpp"

namespace feedctl::cli {

class Runtime;

// Loads a profile of `feedctl seed`, small if none is named, into a database without data.
// Continues a load that broke off in an earlier start. Shows the progress of a large one. Errors as
// run_feedctl().
void load_sample_data(Runtime& runtime, const dev_servers::DevServers& servers,
                      const std::filesystem::path& config,
                      const std::optional<std::string>& profile, StopSignals& signals);

}  // namespace feedctl::cli
