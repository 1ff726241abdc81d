#pragma once
// Results of load tests with known figures, for tests of reports.
#include <cmath>
#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "loadtest/load_result.hpp"

namespace feedctl::loadtest::testing {

inline std::uint64_t& count_of(OperationResult& operation, Outcome outcome) {
  return operation.outcomes[static_cast<std::size_t>(outcome)];
}

// `count` latencies spread like those of a server: most near `typical_us`, few far above. The same
// arguments give the same values.
inline void add_latencies(OperationResult& operation, std::uint64_t count, double typical_us) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const double fraction = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    const double us = typical_us * (0.5 + 0.7 * -std::log(1 - fraction));
    const auto latency = std::chrono::nanoseconds{static_cast<std::int64_t>(us * 1000)};
    operation.latency.record(latency);
    operation.service_time.record(latency * 9 / 10);
  }
  count_of(operation, Outcome::ok) += count;
}

struct ExampleRun {
  std::uint32_t seconds = 60;  // measured
  std::uint32_t warm_up = 5;
  double rate = 200;
  double typical_us = 2000;
  std::uint64_t errors = 12;  // of "like"
};

inline Interval example_interval(std::uint32_t second, const ExampleRun& run) {
  const double wave = 1 + 0.2 * std::sin(second * 1.7);
  const auto us = [&](double factor) {
    return std::chrono::microseconds{static_cast<std::int64_t>(run.typical_us * factor * wave)};
  };
  Interval interval;
  interval.second = second;
  interval.planned_rate = run.rate;
  interval.answers = static_cast<std::uint64_t>(run.rate);
  interval.in_flight = 1 + second % 3;
  interval.p50 = us(1);
  interval.p90 = us(2.1);
  interval.p99 = us(3.7);
  interval.max = us(5.5);
  return interval;
}

inline ServerSample example_sample(std::uint32_t second) {
  return {second,
          {{"requests", 1000.0 + 200.0 * second},
           {"errors", 0},
           {"cache_hits", 500.0 + 90.0 * second},
           {"cache_misses", 100.0 + 10.0 * second},
           {"cache_hit_ratio", 0.9},
           {"event_backlog", second == 30 ? 340.0 : 12.0},
           {"rss", 64.0 * 1024 * 1024}}};
}

inline LoadResult example_result(const ExampleRun& run = {}) {
  LoadResult result;
  result.url = "http://127.0.0.1:8000";
  result.mix = "default";
  result.model = "open";
  result.feedctl_version = "0.1.0";
  result.started_at = *parse_rfc3339("2026-05-01T12:00:00Z");
  result.duration = std::chrono::seconds{run.seconds};
  result.warm_up = std::chrono::seconds{run.warm_up};
  result.threads = 1;
  result.connections = 64;
  result.cpu_seconds = 0.01 * run.seconds;
  const auto requests = static_cast<std::uint64_t>(run.rate * run.seconds);
  result.operations.resize(2);
  result.operations[0].name = "feed";
  add_latencies(result.operations[0], requests * 3 / 4, run.typical_us);
  result.operations[1].name = "like";
  add_latencies(result.operations[1], requests / 4 - run.errors, run.typical_us * 1.5);
  count_of(result.operations[1], Outcome::throttled) = run.errors;
  for (std::uint32_t second = 0; second < run.warm_up + run.seconds; ++second) {
    result.intervals.push_back(example_interval(second, run));
    if (second > 0) result.server.push_back(example_sample(second));
  }
  if (run.errors > 0) {
    result.intervals.back().errors = run.errors;
    result.intervals.back().outcomes[static_cast<std::size_t>(Outcome::throttled)] = run.errors;
  }
  result.slos = {{"p99<50ms", 11.2, true}, {"errors<0.01%", 0.1, run.errors == 0}};
  result.labels = {{"commit", "abc123"}};
  return result;
}

}  // namespace feedctl::loadtest::testing
