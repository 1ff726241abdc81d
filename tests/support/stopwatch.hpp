#pragma once
// For what holds only for a while: a machine that is busy may have taken longer, and then there is
// nothing to check.
//
//   const Since kept;
//   cache.put("a", "one", 50ms);
//   const auto read = cache.get("a");
//   if (kept.within(50ms)) CHECK(read == "one");
#include <chrono>

namespace feedctl::support {

inline bool is_within(std::chrono::steady_clock::time_point start, std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() - start < time;
}

class Stopwatch {
 public:
  bool is_within(std::chrono::milliseconds time) const { return support::is_within(start_, time); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace feedctl::support
