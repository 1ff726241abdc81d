#pragma once
// The parts of a support archive, and how each is collected. Each runs in a process or a call of
// its own with a time-out, so a dependency that hangs costs no more than that.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "feedctl/bundle/part.hpp"

namespace feedctl::cli::support_bundle {

struct BundleOptions {
  std::string program;  // of feedctl
  std::vector<std::string> config_arguments;
  std::vector<std::string> server_urls;  // of serve and work
  std::vector<std::string> log_files;
  std::vector<std::string> folders;  // whose free space it tells
  std::string journal_units = "feedctl*";
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_log_bytes = std::size_t{4} << 20;
};

std::vector<PartSource> part_sources(const BundleOptions& options);

}  // namespace feedctl::cli::support_bundle
