#include "loadtest/latency_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/error_code.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using support::error_code_of;

// Log-uniform, from 1 us to an hour.
std::vector<std::int64_t> random_latencies(std::size_t count) {
  std::mt19937_64 random{17};
  std::uniform_real_distribution<double> exponent{0, std::log(3.6e9)};
  std::vector<std::int64_t> us(count);
  for (auto& value : us) value = std::llround(std::exp(exponent(random)));
  std::sort(us.begin(), us.end());
  return us;
}

LatencyHistogram histogram_of(const std::vector<std::int64_t>& us) {
  LatencyHistogram histogram;
  for (const auto value : us) histogram.record(microseconds{value});
  return histogram;
}

bool is_near(double measured, double exact) {
  return std::abs(measured - exact) <= 1e-9 * std::abs(exact);
}

TEST_CASE("percentiles differ from the exact ones by at most a thousandth") {
  const auto sorted = random_latencies(20'000);
  const auto histogram = histogram_of(sorted);
  for (const double fraction : {0.0001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * 20'000 * (1 - 1e-12)));
    const auto exact = static_cast<double>(sorted[rank - 1]);
    const auto measured = static_cast<double>(histogram.percentile(fraction).count());
    INFO(fraction << " exact " << exact << " measured " << measured);
    CHECK(measured >= exact);
    CHECK(measured <= exact * 1.001);
  }
}

TEST_CASE("short latencies are exact to the microsecond") {
  LatencyHistogram histogram;
  for (std::int64_t us = 0; us < 2048; ++us) histogram.record(microseconds{us});
  CHECK(histogram.min() == 0us);
  CHECK(histogram.max() == 2047us);
  CHECK(histogram.percentile(0.5) == 1023us);
  CHECK(is_near(histogram.mean_us(), 1023.5));
}

TEST_CASE("a latency is rounded to the next microsecond, and the mean is not") {
  LatencyHistogram histogram;
  histogram.record(1400ns);
  histogram.record(1600ns);
  CHECK(histogram.min() == 1us);
  CHECK(histogram.max() == 2us);
  CHECK(is_near(histogram.mean_us(), 1.5));
}

TEST_CASE("latencies beyond the limits count as the limits") {
  LatencyHistogram histogram;
  histogram.record(-5s);
  CHECK(histogram.max() == 0us);
  histogram.record(48h);
  CHECK(histogram.count() == 2);
  CHECK(histogram.max() == LatencyHistogram::max_latency);
}

TEST_CASE("an empty histogram has zeros") {
  const LatencyHistogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.min() == 0us);
  CHECK(histogram.max() == 0us);
  CHECK(histogram.percentile(0.99) == 0us);
  CHECK(histogram.mean_us() == 0);
}

TEST_CASE("a value may be recorded several times at once, and all cleared") {
  LatencyHistogram histogram;
  histogram.record(10ms, 99);
  histogram.record(1s);
  CHECK(histogram.count() == 100);
  CHECK(histogram.percentile(0.99) < 11ms);
  CHECK(histogram.percentile(0.991) >= 1s);
  histogram.clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.buckets().empty());
}

TEST_CASE("merged histograms are that of all values") {
  auto values = random_latencies(2'000);
  const auto whole = histogram_of(values);
  LatencyHistogram merged = histogram_of({values.begin(), values.begin() + 700});
  merged.merge(histogram_of({values.begin() + 700, values.end()}));
  CHECK(merged.buckets() == whole.buckets());
  CHECK(merged.count() == whole.count());
  CHECK(is_near(merged.sum_us(), whole.sum_us()));
}

TEST_CASE("a histogram is restored from its buckets") {
  const auto histogram = histogram_of(random_latencies(2'000));
  const auto buckets = histogram.buckets();
  CHECK(std::is_sorted(buckets.begin(), buckets.end()));
  const auto restored = LatencyHistogram::from_buckets(buckets, histogram.sum_us());
  CHECK(restored.buckets() == buckets);
  CHECK(restored.count() == histogram.count());
  CHECK(restored.sum_us() == histogram.sum_us());
  CHECK(restored.percentile(0.9) == histogram.percentile(0.9));
}

TEST_CASE("every bucket ends above the one before, and its highest value falls into it") {
  std::uint32_t bucket = 0;
  for (auto last = -1us; last < LatencyHistogram::max_latency; ++bucket) {
    const auto highest = LatencyHistogram::highest_value(bucket);
    REQUIRE(highest > last);
    if (bucket % 97 == 0) {
      LatencyHistogram histogram;
      histogram.record(highest);
      REQUIRE(histogram.buckets() == LatencyHistogram::Buckets{{bucket, 1}});
    }
    last = highest;
  }
  CHECK(error_code_of([&] {
          LatencyHistogram::from_buckets({{bucket, 1}}, 0);
        }) == ErrorCode::bad_data);
  CHECK(LatencyHistogram::from_buckets({{bucket - 1, 1}}, 0).max() ==
        LatencyHistogram::max_latency);
}

TEST_CASE("buckets that no histogram has are refused") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  using Buckets = LatencyHistogram::Buckets;
  for (const auto& buckets :
       {Buckets{{1, 1}, {1, 2}}, Buckets{{4'000'000'000, 1}}, Buckets{{1, most}, {2, 1}}}) {
    CHECK(error_code_of([&] { LatencyHistogram::from_buckets(buckets, 1); }) ==
          ErrorCode::bad_data);
  }
  for (const double sum : {-1.0, std::nan(""), HUGE_VAL}) {
    CHECK(error_code_of([&] {
            LatencyHistogram::from_buckets({{1, 1}}, sum);
          }) == ErrorCode::bad_data);
  }
}

}  // namespace
}  // namespace feedctl::loadtest
