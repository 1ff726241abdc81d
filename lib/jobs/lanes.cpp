#include "jobs/lanes.hpp"

namespace feedctl::jobs {

Gate::Pass::Pass(Gate& gate, bool alone) : gate_(gate), alone_(alone) {
  std::unique_lock lock(gate_.mutex_);
  if (alone_) {
    ++gate_.waiting_alone_;
    gate_.changed_.wait(lock, [&] { return gate_.inside_ == 0; });
    --gate_.waiting_alone_;
    gate_.alone_ = true;
  } else {
    gate_.changed_.wait(lock, [&] { return !gate_.alone_ && gate_.waiting_alone_ == 0; });
  }
  ++gate_.inside_;
}

Gate::Pass::~Pass() {
  {
    const std::lock_guard lock(gate_.mutex_);
    --gate_.inside_;
    if (alone_) gate_.alone_ = false;
  }
  gate_.changed_.notify_all();
}

}  // namespace feedctl::jobs
