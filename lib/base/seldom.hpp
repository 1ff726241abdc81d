#pragma once
// For what may go on for hours and is met at every try: it is told at once, when it changes, and
// then once an interval. One thread at a time.
#include <chrono>
#include <string>
#include <string_view>

namespace feedctl {

class Seldom {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Seldom(Clock::duration interval) : interval_(interval) {}

  // Whether `what` is to be told now.
  bool due(std::string_view what) {
    const auto now = Clock::now();
    if (now < next_ && what == told_) return false;
    next_ = now + interval_;
    told_ = what;
    return true;
  }

 private:
  const Clock::duration interval_;
  Clock::time_point next_{};
  std::string told_;
};

}  // namespace feedctl
