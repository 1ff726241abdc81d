#pragma once
// How long a transfer of bytes takes at a rate. A pure function.
#include <chrono>
#include <cstddef>

namespace feedctl::http {

inline std::chrono::milliseconds time_at_rate(std::size_t bytes, std::size_t bytes_per_second) {
  return std::chrono::milliseconds(bytes * 1000 / bytes_per_second);
}

}  // namespace feedctl::http
