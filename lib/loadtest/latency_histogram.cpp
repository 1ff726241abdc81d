#include "loadtest/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"

namespace feedctl::loadtest {
namespace {

// Below 2 * half_size each value has a bucket of its own; above, each doubling has half_size.
constexpr int half_bits = 10;
constexpr std::uint32_t half_size = 1U << half_bits;

std::uint32_t bucket_of(std::uint64_t us) {
  if (us < 2 * half_size) return static_cast<std::uint32_t>(us);
  const auto shift = static_cast<std::uint32_t>(std::bit_width(us)) - half_bits - 1;
  return shift * half_size + static_cast<std::uint32_t>(us >> shift);
}

// The first value of a bucket; that of the next one ends it.
std::uint64_t first_value(std::uint32_t bucket) {
  if (bucket < 2 * half_size) return bucket;
  const auto shift = bucket / half_size - 1;
  return static_cast<std::uint64_t>(bucket - shift * half_size) << shift;
}

constexpr auto max_us = static_cast<std::uint64_t>(LatencyHistogram::max_latency.count());

std::size_t bucket_count() {
  return bucket_of(max_us) + std::size_t{1};
}

Error bad_buckets(const std::string& what) {
  return Error(ErrorCode::bad_data, "a latency histogram " + what);
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(bucket_count()) {}

void LatencyHistogram::record(std::chrono::nanoseconds latency, std::uint64_t times) {
  constexpr std::chrono::nanoseconds longest = max_latency;
  latency = std::clamp(latency, std::chrono::nanoseconds{0}, longest);
  const auto us = static_cast<std::uint64_t>(latency.count() + 500) / 1000;
  counts_[bucket_of(us)] += times;
  count_ += times;
  sum_us_ += static_cast<double>(latency.count()) / 1000 * static_cast<double>(times);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_us_ += other.sum_us_;
}

void LatencyHistogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  sum_us_ = 0;
}

std::chrono::microseconds LatencyHistogram::min() const {
  const auto first = std::find_if(counts_.begin(), counts_.end(), [](auto n) { return n > 0; });
  if (first == counts_.end()) return {};
  const auto bucket = static_cast<std::uint32_t>(first - counts_.begin());
  return std::chrono::microseconds{first_value(bucket)};
}

std::chrono::microseconds LatencyHistogram::max() const {
  return percentile(1);
}

double LatencyHistogram::mean_us() const {
  return count_ == 0 ? 0 : sum_us_ / static_cast<double>(count_);
}

std::chrono::microseconds LatencyHistogram::percentile(double fraction) const {
  if (count_ == 0) return {};
  // The tolerance keeps 0.29 * 100, which is above 29 in floating point, at rank 29.
  const double exact = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_);
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(exact * (1 - 1e-12))), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return highest_value(static_cast<std::uint32_t>(i));
  }
  return max_latency;
}

LatencyHistogram::Buckets LatencyHistogram::buckets() const {
  Buckets out;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) out.emplace_back(static_cast<std::uint32_t>(i), counts_[i]);
  }
  return out;
}

LatencyHistogram LatencyHistogram::from_buckets(const Buckets& buckets, double sum_us) {
  LatencyHistogram made;
  for (const auto& [bucket, count] : buckets) {
    if (bucket >= made.counts_.size()) throw bad_buckets("has no bucket " + std::to_string(bucket));
    if (made.counts_[bucket] != 0)
      throw bad_buckets("has bucket " + std::to_string(bucket) + " twice");
    if (count > std::numeric_limits<std::uint64_t>::max() - made.count_)
      throw bad_buckets("counts more values than 64 bits hold");
    made.counts_[bucket] = count;
    made.count_ += count;
  }
  if (!std::isfinite(sum_us) || sum_us < 0) throw bad_buckets("has a sum that is no duration");
  made.sum_us_ = sum_us;
  return made;
}

std::chrono::microseconds LatencyHistogram::highest_value(std::uint32_t bucket) {
  return std::chrono::microseconds{std::min(first_value(bucket + 1) - 1, max_us)};
}

}  // namespace feedctl::loadtest
