#include "media/job_breaker.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace feedctl::media {

namespace {

constexpr int pause_factor = 3;
constexpr std::chrono::seconds min_pause{1}, max_pause{60};

// The database refused a statement: that says nothing about the store.
bool is_store_away(const Error& error) {
  return error.code() == ErrorCode::unavailable &&
         dynamic_cast<const store::SqlError*>(&error) == nullptr;
}

}  // namespace

jobs::HandlerRegistry JobBreaker::guard(jobs::HandlerRegistry handlers) {
  for (auto& [kind, handle] : handlers) handle = guard(std::move(handle));
  return handlers;
}

jobs::JobHandler JobBreaker::guard(jobs::JobHandler handle) {
  return [this, handle = std::move(handle)](events::UnitOfWork& unit, const jobs::Job& job) {
    const auto began = clock_();
    try {
      return handle(unit, job);
    } catch (const Error& error) {
      if (is_store_away(error)) open(clock_() - began);
      throw;
    }
  };
}

void JobBreaker::open(Clock::duration failed_after) {
  const auto pause = std::clamp<Clock::duration>(failed_after * pause_factor, min_pause, max_pause);
  open_until_ = clock_() + pause;
}

}  // namespace feedctl::media
