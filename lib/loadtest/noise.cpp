#include "loadtest/noise.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "loadtest/percentiles.hpp"
#include "loadtest/report_figures.hpp"

namespace feedctl::loadtest {

namespace {

constexpr std::size_t min_seconds = 10;
// One second that stood still must not make everything noise.
constexpr double max_factor = 100;

// The variance of values, by the differences of neighbours; 0 for too few.
double neighbour_variance(const std::vector<double>& values) {
  if (values.size() < min_seconds) return 0;
  double sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double step = values[i] - values[i - 1];
    sum += step * step;
  }
  return sum / 2 / static_cast<double>(values.size() - 1);
}

// Variance by mean: 1 for independent events, 0 without any.
double dispersion(const std::vector<double>& counts) {
  double sum = 0;
  for (const double count : counts) sum += count;
  return sum == 0 ? 0 : neighbour_variance(counts) * static_cast<double>(counts.size()) / sum;
}

// A percentile that a second of so many answers has values beside.
struct SecondPercentile {
  double fraction = 0;
  std::chrono::microseconds Interval::*member = nullptr;
};
SecondPercentile choose_percentile(double answers_a_second) {
  if (answers_a_second >= 500) return {0.99, &Interval::p99};
  if (answers_a_second >= 50) return {0.9, &Interval::p90};
  return {0.5, &Interval::p50};
}

// The variance of the percentile's logarithm that `answers` independent latencies would have.
double expected_variance(const RankedLatencies& latencies, double fraction, double answers) {
  const double step = std::sqrt(fraction * (1 - fraction) / answers);
  const double low = latencies.percentile(std::max(fraction - step, 0.0));
  const double high = latencies.percentile(std::min(fraction + step, 1.0));
  if (low <= 0 || high <= low) return 0;
  const double deviation = (std::log(high) - std::log(low)) / 2;
  return deviation * deviation;
}

}  // namespace

double latency_variance_factor(const LoadResult& result) {
  constexpr double min_answers = 10;
  double answers = 0;
  auto seconds = measured_intervals(result);
  std::erase_if(seconds, [](const Interval& second) { return second.p50.count() <= 0; });
  for (const auto& second : seconds) answers += static_cast<double>(second.answers);
  answers /= static_cast<double>(std::max<std::size_t>(seconds.size(), 1));
  if (answers < min_answers) return 1;
  const auto [fraction, member] = choose_percentile(answers);
  std::vector<double> logs;
  for (const auto& second : seconds)
    logs.push_back(std::log(static_cast<double>((second.*member).count())));
  const auto sum = total(result);
  const double expected =
      expected_variance(RankedLatencies(latency_of(sum, result)), fraction, answers);
  if (expected <= 0) return 1;
  return std::clamp(neighbour_variance(logs) / expected, 1.0, max_factor);
}

double error_variance_factor(const LoadResult& result) {
  std::vector<double> counts;
  for (const auto& second : measured_intervals(result))
    counts.push_back(static_cast<double>(second.errors));
  return std::clamp(dispersion(counts), 1.0, max_factor);
}

double ok_variance_factor(const LoadResult& result) {
  std::vector<double> counts;
  for (const auto& second : measured_intervals(result)) {
    counts.push_back(static_cast<double>(second.answers - std::min(second.answers, second.errors)));
  }
  return counts.size() < min_seconds ? 1 : std::min(dispersion(counts), max_factor);
}

}  // namespace feedctl::loadtest
