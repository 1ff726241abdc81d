#pragma once
// Starting a process by fork and exec. Thread-safe.
#include <sys/types.h>

#include "localstack/child.hpp"

namespace feedctl::localstack {

// Its pid, once it runs the program. Error(failed) where it cannot.
pid_t spawn(const Command& command);

}  // namespace feedctl::localstack
