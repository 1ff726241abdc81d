#pragma once
// A bounded FIFO queue of intended times: a ring buffer that doubles up to its limit. One thread.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

class ArrivalQueue {
 public:
  explicit ArrivalQueue(std::size_t max_size) : max_size_(max_size) {}

  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Of a queue that is not empty.
  Clock::time_point front() const { return ring_[begin_]; }
  // False: the queue is full.
  bool push(Clock::time_point intended) {
    if (size_ == max_size_) return false;
    if (size_ == ring_.size()) grow();
    ring_[(begin_ + size_++) % ring_.size()] = intended;
    return true;
  }
  Clock::time_point pop() {
    const auto intended = ring_[begin_];
    begin_ = (begin_ + 1) % ring_.size();
    --size_;
    return intended;
  }

 private:
  void grow() {
    std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(begin_), ring_.end());
    begin_ = 0;
    ring_.resize(std::min(max_size_, std::max<std::size_t>(64, 2 * ring_.size())));
  }

  const std::size_t max_size_;
  std::vector<Clock::time_point> ring_;
  std::size_t begin_ = 0, size_ = 0;
};

}  // namespace feedctl::loadtest
