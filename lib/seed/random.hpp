#pragma once
// Pseudorandom numbers that are the same on every platform, unlike std's distributions: SplitMix64
// (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Not thread-safe;
// cheap to construct.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace feedctl::seed {

class Random {
 public:
  // Streams with different numbers are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : state_(seed) {
    state_ = next() ^ (stream * 0xd1342543de82ef95ULL);
    next();
  }
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  std::size_t uniform_below(std::size_t n) { return skewed(n, 1); }
  // In [0, n), small ones more often: P(result < k) = (k / n)^(1 / power).
  std::size_t skewed(std::size_t n, double power) {
    double u = uniform();
    if (power > 1) u = std::pow(u, power);
    const auto at = static_cast<std::size_t>(u * static_cast<double>(n));
    return at < n ? at : n - 1;
  }
  // Pareto with tail exponent `alpha`, at most `max`.
  double pareto(double alpha, double max) {
    const double value = std::pow(1 - uniform(), -1 / alpha);
    return value < max ? value : max;
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[uniform_below(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace feedctl::seed
