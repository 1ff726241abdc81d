#pragma once
// This binary as a child of its own.
#include <filesystem>
#include <string>
#include <vector>

#include "feedctl/dev/signals.hpp"
#include "localstack/supervisor.hpp"

namespace feedctl::cli {

// Runs `feedctl ARGUMENTS --config CONFIG` to its end, its output appended to `log`. Error(failed)
// with the end of it where it fails, or where a signal came first.
void run_feedctl(const std::vector<std::string>& arguments, const std::filesystem::path& config,
                 const std::filesystem::path& log, StopSignals& signals);

// `feedctl serve --config CONFIG`, ready when it says so itself.
localstack::Service serve_service(const std::filesystem::path& config,
                                  const std::filesystem::path& log, int port);

// `feedctl work --config CONFIG`; needs no time to be ready.
localstack::Service work_service(const std::filesystem::path& config,
                                 const std::filesystem::path& log);

// Error(unavailable) where another program listens there.
void require_free_port(int port);

}  // namespace feedctl::cli
