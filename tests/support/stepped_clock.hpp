#pragma once
// A wall clock that a test steps forward and back under processes that run: they are started with
// environment(), and every look at the time of day from set() on is off by so much. Monotonic time,
// sleeps and time-outs stay right.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace feedctl::support {

class SteppedClock {
 public:
  // Puts its files into `folder`, which the processes' account must be able to enter.
  explicit SteppedClock(const std::filesystem::path& folder);
  ~SteppedClock();
  SteppedClock(const SteppedClock&) = delete;
  SteppedClock& operator=(const SteppedClock&) = delete;

  void set(std::chrono::microseconds offset);  // from the true time
  std::vector<std::string> environment() const;

 private:
  std::filesystem::path library_, file_;
  volatile std::int64_t* offset_us_ = nullptr;
};

}  // namespace feedctl::support
