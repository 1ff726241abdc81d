#pragma once
// The time limits of batch jobs. A pure function.
#include <algorithm>
#include <chrono>

#include "store/database.hpp"

namespace feedctl::store {

// A batch job can wait for a busy server longer than a request can, its statements take what they
// take, and it computes between two statements of one transaction.
inline Options with_batch_limits(Options options) {
  options.connect_timeout =
      std::max<std::chrono::milliseconds>(options.connect_timeout, std::chrono::seconds{10});
  options.statement_timeout = std::chrono::milliseconds{0};
  options.idle_in_transaction_timeout = std::chrono::minutes{5};
  return options;
}

}  // namespace feedctl::store
