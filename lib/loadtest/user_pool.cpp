#include "loadtest/user_pool.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"

namespace feedctl::loadtest {

namespace {

// The weights of the ranks, scaled to a mean of 1.
std::vector<double> scaled_weights(std::size_t count, double exponent) {
  std::vector<double> weights(count);
  for (std::size_t rank = 0; rank < count; ++rank)
    weights[rank] = std::pow(static_cast<double>(rank + 1), -exponent);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (auto& weight : weights) weight *= static_cast<double>(count) / sum;
  return weights;
}

}  // namespace

UserPool::UserPool(std::vector<LoadUser> users, double exponent) : users_(std::move(users)) {
  if (users_.size() > max_users)
    throw Error(ErrorCode::bad_data, "a load test acts for at most ten million users");
  auto weights = scaled_weights(users_.size(), exponent);
  std::vector<std::uint32_t> small, large;
  slots_.resize(users_.size());
  for (std::uint32_t rank = 0; rank < weights.size(); ++rank) {
    slots_[rank] = {1, rank};
    (weights[rank] < 1 ? small : large).push_back(rank);
  }
  // Each small rank is filled up to 1 by a part of a large one.
  while (!small.empty() && !large.empty()) {
    const auto low = small.back(), high = large.back();
    small.pop_back();
    slots_[low] = {static_cast<float>(weights[low]), high};
    weights[high] -= 1 - weights[low];
    if (weights[high] >= 1) continue;
    large.pop_back();
    small.push_back(high);
  }
}

std::size_t UserPool::pick(std::uint64_t random) const {
  const auto rank = static_cast<std::size_t>(((random >> 32) * slots_.size()) >> 32);
  const auto low_bits = static_cast<float>(random & 0xffffffff);
  const auto& slot = slots_[rank];
  return low_bits < slot.probability * 0x1p32f ? rank : slot.alias;
}

}  // namespace feedctl::loadtest
