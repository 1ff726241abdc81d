#include "loadtest/percentiles.hpp"

#include <algorithm>
#include <cmath>

namespace feedctl::loadtest {

RankedLatencies::RankedLatencies(const LatencyHistogram& histogram) {
  std::uint64_t below = 0;
  for (const auto& [bucket, count] : histogram.buckets()) {
    below += count;
    ranks_.emplace_back(static_cast<double>(LatencyHistogram::highest_value(bucket).count()),
                        below);
  }
}

double RankedLatencies::at_rank(std::uint64_t rank) const {
  const auto found = std::lower_bound(
      ranks_.begin(), ranks_.end(), rank,
      [](const auto& entry, std::uint64_t wanted) { return entry.second < wanted; });
  if (ranks_.empty()) return 0;
  return found == ranks_.end() ? ranks_.back().first : found->first;
}

double RankedLatencies::percentile(double fraction) const {
  // The tolerance keeps 0.29 * 100, which is above 29 in floating point, at rank 29.
  const auto rank = std::ceil(fraction * static_cast<double>(count()) * (1 - 1e-12));
  return at_rank(static_cast<std::uint64_t>(std::max(rank, 1.0)));
}

Estimate RankedLatencies::estimate(double fraction, double variance_factor) const {
  const auto n = static_cast<double>(count());
  const double middle = n * fraction;
  const double half =
      confidence_z * std::sqrt(n * fraction * (1 - fraction) * std::max(variance_factor, 1.0));
  const double low = std::floor(middle - half);
  const double high = std::ceil(middle + half) + 1;
  return {percentile(fraction), low < 1 ? 0 : at_rank(static_cast<std::uint64_t>(low)),
          high > n ? std::numeric_limits<double>::infinity()
                   : at_rank(static_cast<std::uint64_t>(high))};
}

std::vector<std::pair<double, double>> RankedLatencies::curve(std::size_t max_points) const {
  std::vector<std::pair<double, double>> points;
  if (count() == 0 || max_points < 2) return points;
  const auto n = static_cast<double>(count());
  const double end = std::log10(n);  // of the maximum: 1 / (1 - fraction) is n
  std::uint64_t last_rank = 0;
  for (std::size_t i = 0; i < max_points; ++i) {
    const double nines = end * static_cast<double>(i) / static_cast<double>(max_points - 1);
    const double fraction = 1 - std::pow(10, -nines);
    const bool is_last = i + 1 == max_points;
    const auto rank =
        is_last ? count() : static_cast<std::uint64_t>(std::max(std::ceil(fraction * n), 1.0));
    if (rank == last_rank) continue;
    last_rank = rank;
    points.emplace_back(is_last ? 1 - 1 / n : fraction, at_rank(rank));
  }
  return points;
}

Estimate estimate_share(std::uint64_t hits, std::uint64_t count, double variance_factor) {
  if (count == 0) return {0, 0, 1};
  const double n = static_cast<double>(count) / std::max(variance_factor, 1.0);
  const double p = static_cast<double>(hits) / static_cast<double>(count);
  const double z2 = confidence_z * confidence_z;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = confidence_z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, std::clamp(center - half, 0.0, p), std::clamp(center + half, p, 1.0)};
}

Estimate estimate_difference(const Estimate& before, const Estimate& after) {
  const double value = after.value - before.value;
  return {value, value - std::hypot(after.value - after.low, before.high - before.value),
          value + std::hypot(after.high - after.value, before.value - before.low)};
}

}  // namespace feedctl::loadtest
