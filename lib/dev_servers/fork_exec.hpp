#pragma once
// Starts a process by fork and exec. Thread-safe.
#include <sys/types.h>

#include "dev_servers/child_process.hpp"

namespace feedctl::dev_servers {

// Returns the pid once exec has succeeded. Error(failed) if it fails.
pid_t spawn(const Command& command);

}  // namespace feedctl::dev_servers
