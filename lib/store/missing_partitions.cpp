#include "store/missing_partitions.hpp"

#include "base/log.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::store {

namespace {
constexpr std::chrono::seconds retry_interval{1};
}

// Every other check violation names its constraint.
bool is_partition_missing(const SqlError& error) {
  return error.sqlstate() == sqlstate::check_violation && error.constraint().empty();
}

MissingPartitions& MissingPartitions::instance() {
  static MissingPartitions all;
  return all;
}

bool MissingPartitions::create_if_missing(Clock::time_point began,
                                          const std::function<std::int64_t()>& create) noexcept {
  const std::lock_guard lock(mutex_);
  if (created_at_ > began) return true;
  if (Clock::now() < retry_at_) return false;
  try {
    const auto made = create();
    created_at_ = Clock::now();
    // None created: another process was faster, or nothing helps.
    if (made == 0) retry_at_ = created_at_ + retry_interval;
    log::warning("a row had no partition: created the missing ones", {{"parts", made}});
    return true;
  } catch (const std::exception& error) {
    retry_at_ = Clock::now() + retry_interval;
    const auto* ours = dynamic_cast<const Error*>(&error);
    log::error("a row has no partition, and none could be created",
               {{"error", error.what()}, {"detail", ours == nullptr ? "" : ours->detail()}});
    return false;
  }
}

}  // namespace feedctl::store
