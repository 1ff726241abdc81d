#pragma once
// The log line of a daemon that waits for its database. Thread-safe if the throttle is used by one
// thread.
#include "base/error.hpp"
#include "base/log_throttle.hpp"

namespace feedctl::app {

void log_database_wait(LogThrottle& throttle, const Error& error);

}  // namespace feedctl::app
