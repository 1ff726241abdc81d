#pragma once
// One private PostgreSQL and one Redis for a whole test program: started by the first test that
// asks, stopped and removed when the program ends (FEEDCTL_KEEP_DB=1: kept). Thread-safe.
#include <string>

#include "dev_servers/dev_servers.hpp"

namespace feedctl::support {

dev_servers::DevServers& test_servers();

// Of the stack's Redis; numbers 0..63, so that tests need not share one.
std::string redis_url(int database = 0);

bool should_keep_databases();

}  // namespace feedctl::support
