#pragma once
// Options of a database for tests whose subject is no time-out: none passes on a starved machine.
#include <chrono>

#include "store/database.hpp"

namespace feedctl::support {

inline store::Options long_timeouts() {
  store::Options options;
  options.connect_timeout = std::chrono::seconds{30};
  options.pool_wait = options.statement_timeout = options.lock_timeout = std::chrono::minutes{1};
  options.idle_in_transaction_timeout = std::chrono::minutes{5};
  return options;
}

}  // namespace feedctl::support
