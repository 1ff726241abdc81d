#include "feedctl/loadtest/load_textfile.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "metrics/textfile.hpp"

namespace feedctl::cli {

namespace {

using loadtest::Outcome;

constexpr std::string_view families[] = {"feedctl_loadtest_"};

metrics::Gauge& latency(const char* percentile) {
  return metrics::gauge("feedctl_loadtest_latency_seconds",
                        "Latency of the last second's answers, by percentile.",
                        {{"percentile", percentile}});
}

void set_latencies(double p50, double p90, double p99, double max) {
  latency("50").set(p50);
  latency("90").set(p90);
  latency("99").set(p99);
  latency("100").set(max);
}

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

void set_load(double planned_rate, double in_flight) {
  metrics::gauge("feedctl_loadtest_planned_rate",
                 "Requests a second that the load test has planned; 0 in the closed model.")
      .set(planned_rate);
  metrics::gauge("feedctl_loadtest_in_flight",
                 "Requests without an answer, with those that wait for a connection.")
      .set(in_flight);
}

void count_outcomes(const loadtest::Interval& interval) {
  const auto count = [](Outcome outcome, std::uint64_t requests) {
    metrics::counter("feedctl_loadtest_requests_total", "Requests of the load test, by outcome.",
                     {{"outcome", std::string(loadtest::name_of(outcome))}})
        .add(static_cast<double>(requests));
  };
  std::uint64_t answered_with_error = 0;
  for (std::size_t i = 1; i < loadtest::outcome_count; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (outcome < Outcome::connect_failed) answered_with_error += interval.outcomes[i];
    if (interval.outcomes[i] > 0) count(outcome, interval.outcomes[i]);
  }
  count(Outcome::ok, interval.answers - std::min(interval.answers, answered_with_error));
}

}  // namespace

LoadTextfile::LoadTextfile(std::string path, const std::string& mix)
    : path_(std::move(path)), mix_(mix) {
  set_running(true);
  set_load(0, 0);
  try_write();
}

LoadTextfile::~LoadTextfile() {
  finish();
}

void LoadTextfile::write(const loadtest::Interval& interval) {
  set_load(interval.planned_rate, interval.in_flight);
  set_latencies(seconds(interval.p50), seconds(interval.p90), seconds(interval.p99),
                seconds(interval.max));
  count_outcomes(interval);
  try_write();
}

void LoadTextfile::finish() {
  if (std::exchange(is_finished_, true)) return;
  constexpr auto none = std::numeric_limits<double>::quiet_NaN();
  set_running(false);
  set_load(0, 0);
  set_latencies(none, none, none, none);
  try_write();
}

void LoadTextfile::set_running(bool is_running) {
  metrics::gauge("feedctl_loadtest_running", "Whether a load test runs, by its mix.",
                 {{"mix", mix_}})
      .set(is_running ? 1 : 0);
}

void LoadTextfile::try_write() {
  try {
    metrics::write_textfile(path_, families);
  } catch (const Error& error) {
    if (!std::exchange(has_warned_, true))
      log::warning("the metrics are not written: " + std::string(error.what()));
  }
}

}  // namespace feedctl::cli
