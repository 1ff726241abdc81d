#pragma once
// The outcome of a load test: what reports print, compare and merge. Plain values.
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "loadtest/latency_histogram.hpp"
#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

using OutcomeCounts = std::array<std::uint64_t, outcome_count>;

struct OperationResult {
  std::string name;               // "feed", "post", "like", "view"
  LatencyHistogram latency;       // of answers, from the intended time; open model
  LatencyHistogram service_time;  // of answers, from the time of sending
  OutcomeCounts outcomes{};
};

// One second of the run, warm-up included.
struct Interval {
  std::uint32_t second = 0;  // from the start
  double planned_rate = 0;   // requests a second; 0 in the closed model
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;     // outcomes but ok
  std::uint32_t in_flight = 0;  // at its end, those that wait for a connection included
  std::chrono::microseconds p50{}, p90{}, p99{}, max{};
  OutcomeCounts outcomes{};  // errors of this second by kind
};

// Gauges and counters of the server at one moment, from its /metrics.
struct ServerSample {
  std::uint32_t second = 0;
  std::map<std::string, double> values;  // by short name: "queue_backlog", "cache_hit_ratio"
};

struct SloResult {
  std::string text;  // as given: "p99<50ms"
  double measured = 0;
  bool is_met = false;
};

struct LoadResult {
  std::string url, mix, model;  // model: "open" or "closed"
  std::string feedctl_version;
  Time started_at;
  std::chrono::milliseconds duration{}, warm_up{};  // duration: measured, without warm-up
  int threads = 0, connections = 0;
  int generators = 1;      // processes whose results are merged here
  double cpu_seconds = 0;  // of the generator itself, while measuring
  std::uint64_t skipped_arrivals = 0;
  bool was_interrupted = false;
  std::vector<OperationResult> operations;
  std::vector<Interval> intervals;
  std::vector<ServerSample> server;
  std::vector<SloResult> slos;
  std::vector<std::string> findings;  // of --check, at most a hundred
  // Remarks on the run, such as why there are no figures of the server; at most a hundred.
  std::vector<std::string> notes;
  std::map<std::string, std::string> labels;  // --label NAME=VALUE
};

// Adds outcomes and latencies; the name of `into` stays.
void merge(OperationResult& into, const OperationResult& other);
// Over all operations.
OperationResult total(const LoadResult& result);

}  // namespace feedctl::loadtest
