#pragma once
// Options of a database for tests whose subject is no time-out: none passes on a starved machine.
#include <chrono>

#include "store/database.hpp"
#include "support/database_options.hpp"

namespace feedctl::support {

inline store::Options long_timeouts() {
  auto options = support::long_timeouts();
  return options;
}

}  // namespace feedctl::support
