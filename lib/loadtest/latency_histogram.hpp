#pragma once
// A histogram of latencies with a relative error of at most 0.1 %, from 1 us to an hour: linear
// buckets whose width doubles (Gil Tene, HdrHistogram). Recording allocates nothing after
// construction. Histograms merge without loss. A value; not thread-safe.
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace feedctl::loadtest {

class LatencyHistogram {
 public:
  // Longer latencies count as this.
  static constexpr std::chrono::microseconds max_latency = std::chrono::hours{1};

  LatencyHistogram();
  void record(std::chrono::nanoseconds latency, std::uint64_t times = 1);
  void merge(const LatencyHistogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::chrono::microseconds min() const;  // 0 without values
  std::chrono::microseconds max() const;
  double mean_us() const;
  // `fraction` in [0, 1]: 0.99 is the 99th percentile; the highest value of its bucket.
  std::chrono::microseconds percentile(double fraction) const;

  // (bucket, count) of those that are not empty, ascending: how it is stored in a report.
  using Buckets = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  Buckets buckets() const;
  // Error(bad_data) if a bucket does not exist or stands twice.
  static LatencyHistogram from_buckets(const Buckets& buckets, double sum_us);
  double sum_us() const { return sum_us_; }
  static std::chrono::microseconds highest_value(std::uint32_t bucket);

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_us_ = 0;
};

}  // namespace feedctl::loadtest
