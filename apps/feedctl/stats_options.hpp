#pragma once
// What `stats` and `size` share: options from the configuration, and sizes as text. Plain
// functions; thread-safe.
#include <string>

#include "config/config.hpp"
#include "operations/stats.hpp"

namespace feedctl::cli {

operations::StatsOptions make_stats_options(const config::Config& config);

// "5.1 GB", "812 kB": decimal units, as disks are sold.
std::string format_bytes(double bytes);

}  // namespace feedctl::cli
