#include "store/missing_part.hpp"

#include "base/log.hpp"

namespace feedctl::store {

namespace {
constexpr std::chrono::seconds rest{1};
}

// Whatever else a row is refused for by this state is a constraint with a name.
bool part_is_missing(const SqlError& error) {
  return error.sqlstate() == "23514" && error.constraint().empty();
}

MissingParts& MissingParts::instance() {
  static MissingParts all;
  return all;
}

bool MissingParts::made_since(Clock::time_point began,
                              const std::function<std::int64_t()>& make) noexcept {
  const std::lock_guard lock(mutex_);
  if (made_ > began) return true;
  if (Clock::now() < rests_until_) return false;
  try {
    const auto made = make();
    made_ = Clock::now();
    // Another process may have made them; else there is nothing that would help.
    if (made == 0) rests_until_ = made_ + rest;
    log::warning("a row had no partition to go to: made what was missing", {{"parts", made}});
    return true;
  } catch (const std::exception& error) {
    rests_until_ = Clock::now() + rest;
    const auto* ours = dynamic_cast<const Error*>(&error);
    log::error("a row has no partition to go to, and none could be made",
               {{"error", error.what()}, {"detail", ours == nullptr ? "" : ours->detail()}});
    return false;
  }
}

}  // namespace feedctl::store
