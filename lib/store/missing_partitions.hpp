#pragma once
// Creation of missing partitions on demand. The server refuses a row without a partition: a clock
// is ahead of the created ones, or one was dropped or detached. The statement's connection then
// creates them and tries again.
#include <chrono>
#include <functional>
#include <mutex>

#include "store/database.hpp"

namespace feedctl::store {

bool is_partition_missing(const SqlError& error);

// One connection of the process creates partitions at a time. Thread-safe.
class MissingPartitions {
 public:
  using Clock = std::chrono::steady_clock;
  static MissingPartitions& instance();

  // True: a statement that began at `began` and had no partition may run again. `create` returns
  // the number of partitions that it created. If it fails or creates none, it rests for a second.
  bool create_if_missing(Clock::time_point began,
                         const std::function<std::int64_t()>& create) noexcept;

 private:
  std::mutex mutex_;
  Clock::time_point created_at_{}, retry_at_{};
};

}  // namespace feedctl::store
