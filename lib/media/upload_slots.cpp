#include "media/upload_slots.hpp"

#include <chrono>
#include <string>

#include "base/error.hpp"

namespace feedctl::media {

namespace {

constexpr std::chrono::seconds retry_after{1};

Error too_many_of_user(std::size_t limit) {
  return Error(ErrorCode::rate_limited,
               "at most " + std::to_string(limit) +
                   " images of a user are taken at once: send this one again when another is done")
      .with_retry_after(retry_after);
}

Error too_many_in_all() {
  return Error(ErrorCode::unavailable, "too many images are being uploaded, try again")
      .with_retry_after(retry_after);
}

}  // namespace

UploadSlots::Slot UploadSlots::acquire(std::optional<Id> user) {
  const std::lock_guard lock(mutex_);
  const auto found = user ? by_user_.find(*user) : by_user_.end();
  if (found != by_user_.end() && found->second >= max_per_user_)
    throw too_many_of_user(max_per_user_);
  if (in_use_ >= max_in_all_) throw too_many_in_all();
  if (user) ++by_user_[*user];
  ++in_use_;
  return Slot(*this, user);
}

std::size_t UploadSlots::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

void UploadSlots::release(std::optional<Id> user) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  if (!user) return;
  const auto found = by_user_.find(*user);
  if (--found->second == 0) by_user_.erase(found);
}

}  // namespace feedctl::media
