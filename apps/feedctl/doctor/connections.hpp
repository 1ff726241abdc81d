#pragma once
// How many connections to PostgreSQL the daemons open at most.
#include <cstdint>

#include "config/config.hpp"

namespace feedctl::cli::checks {

std::int64_t connections_of_serve(const config::Config& config);
std::int64_t connections_of_work(const config::Config& config);

}  // namespace feedctl::cli::checks
