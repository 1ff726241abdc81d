#pragma once
// Limits of the uploads that a process works on at once: of one user, and in all. An upload beyond
// them is refused at once, it does not wait. A Slot must not outlive its UploadSlots. Thread-safe.
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ids.hpp"

namespace feedctl::media {

class UploadSlots {
 public:
  UploadSlots(std::size_t max_per_user, std::size_t max_in_all)
      : max_per_user_(max_per_user), max_in_all_(max_in_all) {}
  UploadSlots(const UploadSlots&) = delete;
  UploadSlots& operator=(const UploadSlots&) = delete;

  // The place of one upload, until it is destroyed.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)), user_(other.user_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->release(user_);
    }

   private:
    friend class UploadSlots;
    Slot(UploadSlots& slots, std::optional<Id> user) : slots_(&slots), user_(user) {}

    UploadSlots* slots_;
    const std::optional<Id> user_;
  };

  // Error(rate_limited) where the user has too many uploads, Error(unavailable) where the process
  // has; both with a Retry-After. Nobody, nullopt, has no limit but that of the process.
  [[nodiscard]] Slot acquire(std::optional<Id> user);
  std::size_t in_use() const;

 private:
  void release(std::optional<Id> user);

  const std::size_t max_per_user_;
  const std::size_t max_in_all_;
  mutable std::mutex mutex_;
  std::size_t in_use_ = 0;
  std::map<Id, std::size_t> by_user_;  // without users who have none
};

}  // namespace feedctl::media
