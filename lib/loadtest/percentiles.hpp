#pragma once
// Percentiles of a histogram by rank, and their confidence intervals.
//
// The interval is the distribution-free one: the number of values below a percentile is binomial,
// so two ranks around it hold the true percentile with 95 % (Conover, Practical Nonparametric
// Statistics, section 3.2). Values; thread-safe for reading.
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "loadtest/latency_histogram.hpp"

namespace feedctl::loadtest {

// Two-sided 95 % of the normal distribution.
inline constexpr double confidence_z = 1.96;

// A measured value and the limits between which the true one lies with 95 %.
struct Estimate {
  double value = 0, low = 0, high = 0;
};

class RankedLatencies {
 public:
  explicit RankedLatencies(const LatencyHistogram& histogram);

  std::uint64_t count() const { return ranks_.empty() ? 0 : ranks_.back().second; }
  // In microseconds; `rank` from 1 to count().
  double at_rank(std::uint64_t rank) const;
  double percentile(double fraction) const;  // 0 without values
  // `variance_factor`: by how much the values scatter more than independent ones do, at least 1.
  // `high` is infinite where there are too few values for an upper limit.
  Estimate estimate(double fraction, double variance_factor = 1) const;

  // (fraction of the values, latency) up to the maximum; at most `max_points`, evenly spaced by the
  // logarithm of 1 / (1 - fraction).
  std::vector<std::pair<double, double>> curve(std::size_t max_points) const;

 private:
  std::vector<std::pair<double, std::uint64_t>> ranks_;  // (latency, values up to it)
};

// The interval of a share of `count` trials (Wilson's score interval).
Estimate estimate_share(std::uint64_t hits, std::uint64_t count, double variance_factor = 1);

// The limits of after - before, from those of both (MOVER: Zou and Donner, 2008).
Estimate estimate_difference(const Estimate& before, const Estimate& after);

}  // namespace feedctl::loadtest
