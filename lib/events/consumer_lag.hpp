#pragma once
// How far the durable consumers of the event log are behind. Plain functions; thread-safe. Errors
// as of store::Database.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace feedctl::events {

struct ConsumerLag {
  std::string consumer;  // "work", "relay"
  std::int64_t slot = 0;
  std::int64_t events = 0;           // that wait
  std::chrono::microseconds age{0};  // of the oldest of them
};

// Looks at 5,000 events after the position of each slot, of all slots together: `events` counts the
// slot's own among them, and is too small for a slot that is further behind. `age` is right then,
// too.
std::vector<ConsumerLag> consumer_lags(store::Database& database);

// Sets feedctl_consumer_lag_seconds and feedctl_consumer_lag_events.
void export_consumer_lags(store::Database& database);

}  // namespace feedctl::events
