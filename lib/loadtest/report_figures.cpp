#include "loadtest/report_figures.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>

#include "loadtest/number_text.hpp"

namespace feedctl::loadtest {

namespace {

double seconds_of(std::chrono::milliseconds duration) {
  return static_cast<double>(duration.count()) / 1000;
}

std::string plain_number(double value) {
  return rate_text(value);
}
std::string whole_number(double value) {
  return value >= 0 && value < 1e15 ? count_text(static_cast<std::uint64_t>(std::llround(value)))
                                    : fixed_text(value, 0);
}
std::string seconds_text(double value) {
  return latency_text(value * 1e6);
}

const std::array<ServerFigure, 10>& known_figures() {
  static const std::array<ServerFigure, 10> figures{{
      {"cache_hit_ratio", "cache hit ratio", percent_text},
      {"event_backlog", "event backlog", whole_number},
      {"event_lag", "event lag", seconds_text},
      {"jobs_open", "open jobs", whole_number},
      {"dead_letters", "dead letters", whole_number},
      {"views_pending", "views to be flushed", whole_number},
      {"db_pool_wait", "wait for a database connection", seconds_text},
      {"in_flight", "requests in the server", whole_number},
      {"rss", "memory of the server", bytes_text},
      {"queue_backlog", "queue backlog", whole_number},
  }};
  return figures;
}

// They only grow: reports show their increase.
bool is_counter(const std::string& name) {
  static const std::set<std::string> counters{"requests",   "errors",      "refused",
                                              "cache_hits", "cache_stale", "cache_misses"};
  return counters.count(name) > 0;
}

std::optional<double> label_number(const LoadResult& result, const std::string& name) {
  const auto found = result.labels.find(name);
  if (found == result.labels.end()) return std::nullopt;
  const auto& text = found->second;
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::uint64_t request_count(const OperationResult& operation) {
  return std::accumulate(operation.outcomes.begin(), operation.outcomes.end(), std::uint64_t{0});
}

std::uint64_t error_count(const OperationResult& operation) {
  return request_count(operation) - operation.outcomes[static_cast<std::size_t>(Outcome::ok)];
}

double error_rate(const OperationResult& operation) {
  const auto requests = request_count(operation);
  if (requests == 0) return 0;
  return static_cast<double>(error_count(operation)) / static_cast<double>(requests);
}

double ok_rate(const OperationResult& operation, const LoadResult& result) {
  if (result.duration.count() <= 0) return 0;
  const auto ok = operation.outcomes[static_cast<std::size_t>(Outcome::ok)];
  return static_cast<double>(ok) / seconds_of(result.duration);
}

const LatencyHistogram& latency_of(const OperationResult& operation, const LoadResult& result) {
  if (result.model == "open" || operation.service_time.count() == 0) return operation.latency;
  return operation.service_time;
}

std::string measured_text(const SloResult& slo) {
  if (!std::isfinite(slo.measured)) return "nothing";
  const std::string_view text = slo.text;
  if (text.ends_with('%')) return fixed_text(slo.measured, 3) + " %";
  if (text.ends_with("s") && !text.ends_with("/s")) return latency_text(slo.measured * 1000);
  const bool is_whole = slo.measured == std::floor(slo.measured);
  return is_whole ? whole_number(slo.measured) : rate_text(slo.measured);
}

std::vector<Interval> measured_intervals(const LoadResult& result) {
  std::vector<Interval> measured;
  for (const auto& interval : result.intervals) {
    if (interval.second >= seconds_of(result.warm_up)) measured.push_back(interval);
  }
  return measured;
}

double planned_rate(const LoadResult& result) {
  const double end = seconds_of(result.warm_up + result.duration);
  double arrivals = 0, seconds = 0;
  for (const auto& interval : measured_intervals(result)) {
    const double left = end - interval.second;
    if (left <= 0) break;  // only late answers come then
    arrivals += interval.planned_rate;
    // Where a run was interrupted, the plan has the whole of its last second.
    seconds += result.was_interrupted ? 1 : std::min(left, 1.0);
  }
  return seconds == 0 ? 0 : arrivals / seconds;
}

std::optional<double> counter_increase(const LoadResult& result, const std::string& name) {
  std::optional<double> before;
  double sum = 0;
  int steps = 0;
  for (const auto& sample : result.server) {
    const auto found = sample.values.find(name);
    if (found == sample.values.end()) continue;
    const double value = found->second;
    if (before && sample.second > seconds_of(result.warm_up)) {
      sum += value >= *before ? value - *before : value;
      ++steps;
    }
    before = value;
  }
  return steps == 0 ? std::nullopt : std::optional(sum);
}

std::optional<double> cache_hit_ratio(const LoadResult& result) {
  const auto hits = counter_increase(result, "cache_hits");
  const auto misses = counter_increase(result, "cache_misses");
  if (!hits || !misses || *hits + *misses <= 0) return std::nullopt;
  return *hits / (*hits + *misses);
}

std::optional<GaugeSummary> gauge_summary(const LoadResult& result, const std::string& name) {
  std::optional<GaugeSummary> summary;
  for (const auto& sample : result.server) {
    const auto found = sample.values.find(name);
    if (found == sample.values.end()) continue;
    const double peak = summary ? std::max(summary->peak, found->second) : found->second;
    summary = GaugeSummary{found->second, peak};
  }
  return summary;
}

std::vector<ServerFigure> server_figures(const LoadResult& result, std::size_t max_count) {
  constexpr std::size_t max_title = 60;
  std::set<std::string> names;
  for (const auto& sample : result.server) {
    for (const auto& [name, value] : sample.values) names.insert(name);
  }
  std::vector<ServerFigure> figures;
  for (const auto& figure : known_figures()) {
    if (names.erase(figure.name) > 0) figures.push_back(figure);
  }
  for (const auto& name : names) {
    if (!is_counter(name)) figures.push_back({name, printable_text(name, max_title), plain_number});
  }
  if (figures.size() > max_count) figures.resize(max_count);
  return figures;
}

std::vector<std::string> generator_warnings(const LoadResult& result) {
  constexpr double busy_share = 0.9;
  std::vector<std::string> warnings;
  if (result.skipped_arrivals > 0) {
    warnings.push_back(
        "the generator left out " + count_text(result.skipped_arrivals) +
        " arrivals, since no connection was free in time or there was nothing to ask: the server "
        "had less to do than planned; use more --connections or --threads, or a lower rate");
  }
  const double capacity = seconds_of(result.duration) * std::max(result.threads, 1);
  if (capacity > 0 && result.cpu_seconds >= busy_share * capacity) {
    warnings.push_back("the generator's threads were busy nearly all the time (" +
                       generator_cost(result) +
                       "): latencies include its own delays; use more --threads, or several "
                       "generators and `feedctl loadtest merge`");
  }
  return warnings;
}

std::string generator_cost(const LoadResult& result) {
  if (result.duration.count() <= 0) return "not measured";
  const auto sum = total(result);
  auto text = fixed_text(result.cpu_seconds / seconds_of(result.duration), 2) + " cores of " +
              std::to_string(result.threads) + (result.threads == 1 ? " thread" : " threads");
  if (result.cpu_seconds > 0) {
    text += ", " + rate_text(static_cast<double>(request_count(sum)) / result.cpu_seconds) +
            " requests for each second of a core";
  }
  return text;
}

std::optional<FaultWindow> fault_window(const LoadResult& result) {
  const auto from = label_number(result, "fault_from");
  const auto to = label_number(result, "fault_to");
  if (!from || !to || *to < *from) return std::nullopt;
  return FaultWindow{*from, *to};
}

}  // namespace feedctl::loadtest
