#pragma once
// The time-outs of socket libraries. A pure function.
#include <sys/time.h>

#include <chrono>

namespace feedctl {

inline timeval to_timeval(std::chrono::milliseconds time) {
  timeval out{};
  out.tv_sec = static_cast<time_t>(time.count() / 1000);
  out.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  return out;
}

}  // namespace feedctl
