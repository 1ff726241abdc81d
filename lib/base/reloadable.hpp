#pragma once
// A value that threads read without a lock and a reload replaces. Old versions live as long as the
// object, since a reader may still use one: replace rarely. Thread-safe.
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace feedctl {

template <typename T>
class Reloadable {
 public:
  explicit Reloadable(T first) { replace(std::move(first)); }

  // Valid while this object lives.
  const T& get() const { return *current_.load(std::memory_order_acquire); }
  const T* operator->() const { return &get(); }

  void replace(T next) {
    const std::lock_guard lock(mutex_);
    versions_.push_back(std::make_unique<const T>(std::move(next)));
    current_.store(versions_.back().get(), std::memory_order_release);
  }

 private:
  std::atomic<const T*> current_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<const T>> versions_;
};

}  // namespace feedctl
