#pragma once
#include <algorithm>
#include <chrono>
#include <random>

namespace feedctl {

// Exponential backoff with full jitter: a random wait below min(cap, base * 2^attempt).
inline std::chrono::milliseconds full_jitter(int attempt, std::chrono::milliseconds base,
                                             std::chrono::milliseconds cap) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const auto grown = base.count() << std::min(attempt, 20);
  const auto top = std::min<std::chrono::milliseconds::rep>(cap.count(), grown);
  return std::chrono::milliseconds{
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, top)(random)};
}

}  // namespace feedctl
