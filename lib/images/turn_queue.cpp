#include "images/turn_queue.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace feedctl::images {

namespace {

Error too_busy() {
  return Error(ErrorCode::unavailable, "too many images are being processed; try again later")
      .with_retry_after(std::chrono::seconds{2});
}

}  // namespace

void TurnQueue::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (free_ > 0) {
    --free_;
    return;
  }
  if (waiting_.size() >= max_waiting_) throw too_busy();
  Waiter self;
  waiting_.push_back(&self);
  if (self.woken.wait_until(lock, deadline.at(), [&] { return self.has_turn; })) return;
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &self));
  throw too_busy();
}

// A turn goes straight to the first that waits, so that none that comes later overtakes it.
void TurnQueue::release() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  auto* const next = waiting_.front();
  waiting_.pop_front();
  next->has_turn = true;
  next->woken.notify_one();
}

}  // namespace feedctl::images
