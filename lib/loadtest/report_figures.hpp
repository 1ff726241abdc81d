#pragma once
// Figures that the reports of a load test derive from its result. Pure functions; any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

std::uint64_t request_count(const OperationResult& operation);
std::uint64_t error_count(const OperationResult& operation);
// Errors among the requests; 0 without any.
double error_rate(const OperationResult& operation);
// Answers without error, a second while measuring.
double ok_rate(const OperationResult& operation, const LoadResult& result);
// In the open model from the intended time, in the closed one from the time of sending.
const LatencyHistogram& latency_of(const OperationResult& operation, const LoadResult& result);
// What an SLO measured, with the unit of its limit: "63.1 ms".
std::string measured_text(const SloResult& slo);

// The seconds after the warm-up.
std::vector<Interval> measured_intervals(const LoadResult& result);
// The average of the planned rate while measuring; 0 in the closed model.
double planned_rate(const LoadResult& result);

// Of a counter of the server, from the end of the warm-up to the last sample. A smaller value than
// the one before means that the server was started again. nullopt: fewer than two samples have it.
std::optional<double> counter_increase(const LoadResult& result, const std::string& name);
// cache_hits among cache_hits and cache_misses.
std::optional<double> cache_hit_ratio(const LoadResult& result);

struct GaugeSummary {
  double last = 0, peak = 0;
};
// nullopt: no sample has it.
std::optional<GaugeSummary> gauge_summary(const LoadResult& result, const std::string& name);

// A gauge of the server that reports show.
struct ServerFigure {
  std::string name;  // "event_backlog"
  std::string title;
  std::string (*format)(double value);
};
// Those of the samples, known ones first; at most `max_count`.
std::vector<ServerFigure> server_figures(const LoadResult& result, std::size_t max_count);

// Why the figures say more about the generator than about the server, and what to do; usually
// empty.
std::vector<std::string> generator_warnings(const LoadResult& result);
// "0.42 of 1 core, 31,000 requests a second and core".
std::string generator_cost(const LoadResult& result);

// The fault of a drill, by the labels fault_from and fault_to, in seconds from the start.
struct FaultWindow {
  double from = 0, to = 0;
};
std::optional<FaultWindow> fault_window(const LoadResult& result);

}  // namespace feedctl::loadtest
