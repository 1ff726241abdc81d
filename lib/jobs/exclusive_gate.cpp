#include "jobs/exclusive_gate.hpp"

namespace feedctl::jobs {

ExclusiveGate::GateLock::GateLock(ExclusiveGate& gate, bool exclusive)
    : gate_(gate), exclusive_(exclusive) {
  std::unique_lock lock(gate_.mutex_);
  if (exclusive_) {
    ++gate_.waiting_exclusive_;
    gate_.changed_.wait(lock, [&] { return gate_.holders_ == 0; });
    --gate_.waiting_exclusive_;
    gate_.exclusively_held_ = true;
  } else {
    gate_.changed_.wait(lock,
                        [&] { return !gate_.exclusively_held_ && gate_.waiting_exclusive_ == 0; });
  }
  ++gate_.holders_;
}

ExclusiveGate::GateLock::~GateLock() {
  {
    const std::lock_guard lock(gate_.mutex_);
    --gate_.holders_;
    if (exclusive_) gate_.exclusively_held_ = false;
  }
  gate_.changed_.notify_all();
}

}  // namespace feedctl::jobs
