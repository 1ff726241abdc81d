#include "loadtest/slo.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace feedctl::loadtest {

namespace {

using Metric = Slo::Metric;
using Comparison = Slo::Comparison;

bool is_latency(Metric metric) {
  return metric == Metric::percentile || metric == Metric::mean || metric == Metric::min ||
         metric == Metric::max;
}

std::string shown(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

Error refusal(const Slo& slo, const std::string& why) {
  return Error(ErrorCode::usage, "--slo " + shown(slo.text) + ": " + why);
}

std::optional<Outcome> outcome_named(std::string_view name) {
  for (std::size_t i = 1; i < outcome_count; ++i) {
    if (name_of(static_cast<Outcome>(i)) == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names{"p50", "p90", "p95",    "p99",  "p99.9",  "mean",
                                 "min", "max", "errors", "rate", "skipped"};
  for (std::size_t i = 1; i < outcome_count; ++i)
    names.emplace_back(name_of(static_cast<Outcome>(i)));
  return names;
}

// "99.9" of "p99.9".
std::optional<double> percentile_in(std::string_view name) {
  if (name.size() < 2 || name[0] != 'p') return std::nullopt;
  double value = 0;
  const auto* last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + 1, last, value, std::chars_format::fixed);
  if (error != std::errc{} || end != last || !(value > 0 && value <= 100)) return std::nullopt;
  return value / 100;
}

void read_metric(Slo& slo, std::string_view name) {
  constexpr std::pair<std::string_view, Metric> words[] = {
      {"mean", Metric::mean},     {"min", Metric::min},   {"max", Metric::max},
      {"errors", Metric::errors}, {"rate", Metric::rate}, {"skipped", Metric::skipped}};
  for (const auto& [word, metric] : words) {
    if (word != name) continue;
    slo.metric = metric;
    return;
  }
  if (const auto fraction = percentile_in(name)) {
    slo.metric = Metric::percentile;
    slo.percentile = *fraction;
    return;
  }
  if (const auto outcome = outcome_named(name)) {
    slo.metric = Metric::outcome;
    slo.outcome = *outcome;
    return;
  }
  const auto near = closest_match(name, metric_names());
  throw refusal(slo, "there is no metric " + shown(name))
      .with_hint(near.empty() ? "metrics are " + join(metric_names(), ", ")
                              : "did you mean " + near + "?");
}

std::string_view example_of(const Slo& slo) {
  if (is_latency(slo.metric)) return "a duration with its unit, as in 50ms, 1.5s or 800us";
  if (slo.metric == Metric::rate || slo.metric == Metric::skipped) return "a number, as in 190";
  return "a share or a number of requests, as in 0.1% or 5";
}

void read_limit(Slo& slo, std::string_view text) {
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, slo.limit, std::chars_format::fixed);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  bool is_good = error == std::errc{} && slo.limit >= 0 && slo.limit <= 1e12;
  if (is_latency(slo.metric)) {
    is_good = is_good && (unit == "us" || unit == "ms" || unit == "s");
    slo.limit *= unit == "us" ? 0.001 : unit == "s" ? 1000.0 : 1.0;
  } else if (unit == "%") {
    is_good =
        is_good && slo.metric != Metric::rate && slo.metric != Metric::skipped && slo.limit <= 100;
    slo.is_percent = true;
  } else {
    is_good = is_good && unit.empty();
  }
  if (!is_good) throw refusal(slo, "expects " + std::string(example_of(slo)));
}

// The operator is what stands between the first < or > and what is neither of <, > and =.
std::string_view cut_comparison(Slo& slo, std::string_view text, std::string_view& limit) {
  const auto at = text.find_first_of("<>");
  if (at == std::string_view::npos || at == 0)
    throw refusal(slo, "expects a metric and its limit").with_hint("for example --slo 'p99<50ms'");
  const bool has_equals = at + 1 < text.size() && text[at + 1] == '=';
  if (text[at] == '<')
    slo.comparison = has_equals ? Comparison::at_most : Comparison::less;
  else
    slo.comparison = has_equals ? Comparison::at_least : Comparison::more;
  limit = text.substr(at + (has_equals ? 2 : 1));
  return text.substr(0, at);
}

// "feed.p99.9": the operation ends at the first dot, unless that is the dot of a percentile.
void read_left(Slo& slo, std::string_view left) {
  const auto dot = left.find('.');
  if (dot != std::string_view::npos && !percentile_in(left)) {
    slo.operation = left.substr(0, dot);
    left = left.substr(dot + 1);
  }
  read_metric(slo, left);
  if (slo.metric == Metric::skipped && !slo.operation.empty())
    throw refusal(slo, "skipped arrivals belong to no operation").with_hint("write skipped<1");
}

std::uint64_t requests_of(const OperationResult& operation) {
  return std::accumulate(operation.outcomes.begin(), operation.outcomes.end(), std::uint64_t{0});
}

std::uint64_t count_of(const OperationResult& operation, Outcome outcome) {
  return operation.outcomes[static_cast<std::size_t>(outcome)];
}

double milliseconds_of(const Slo& slo, const LatencyHistogram& histogram) {
  switch (slo.metric) {
    case Metric::mean:
      return histogram.mean_us() / 1000;
    case Metric::min:
      return static_cast<double>(histogram.min().count()) / 1000;
    case Metric::max:
      return static_cast<double>(histogram.max().count()) / 1000;
    default:
      return static_cast<double>(histogram.percentile(slo.percentile).count()) / 1000;
  }
}

double counted(const Slo& slo, const OperationResult& operation) {
  const auto requests = requests_of(operation);
  const auto bad = slo.metric == Metric::errors ? requests - count_of(operation, Outcome::ok)
                                                : count_of(operation, slo.outcome);
  if (!slo.is_percent) return static_cast<double>(bad);
  return 100 * static_cast<double>(bad) / static_cast<double>(requests);
}

// nullopt: there is nothing to measure.
std::optional<double> measure(const Slo& slo, const LoadResult& result,
                              const OperationResult& operation) {
  if (slo.metric == Metric::skipped) return static_cast<double>(result.skipped_arrivals);
  if (slo.metric == Metric::rate) {
    const std::chrono::duration<double> seconds = result.duration;
    if (seconds.count() <= 0) return std::nullopt;
    return static_cast<double>(count_of(operation, Outcome::ok)) / seconds.count();
  }
  if (!is_latency(slo.metric)) {
    if (requests_of(operation) == 0) return std::nullopt;
    return counted(slo, operation);
  }
  const auto& histogram = result.model == "closed" ? operation.service_time : operation.latency;
  if (histogram.count() == 0) return std::nullopt;
  return milliseconds_of(slo, histogram);
}

bool holds(const Slo& slo, double measured) {
  switch (slo.comparison) {
    case Comparison::less:
      return measured < slo.limit;
    case Comparison::at_most:
      return measured <= slo.limit;
    case Comparison::more:
      return measured > slo.limit;
    case Comparison::at_least:
      return measured >= slo.limit;
  }
  return false;
}

OperationResult chosen(const Slo& slo, const LoadResult& result) {
  if (slo.operation.empty()) return total(result);
  const auto found = std::find_if(result.operations.begin(), result.operations.end(),
                                  [&](const auto& one) { return one.name == slo.operation; });
  return found == result.operations.end() ? OperationResult{} : *found;
}

}  // namespace

Slo parse_slo(std::string_view text) {
  Slo slo;
  std::copy_if(text.begin(), text.end(), std::back_inserter(slo.text),
               [](char c) { return c != ' '; });
  const std::string compact = slo.text;
  slo.text = text;
  std::string_view limit;
  const auto left = cut_comparison(slo, compact, limit);
  read_left(slo, left);
  read_limit(slo, limit);
  return slo;
}

void check_operation(const Slo& slo, const std::vector<std::string>& operations) {
  if (slo.operation.empty() ||
      std::find(operations.begin(), operations.end(), slo.operation) != operations.end()) {
    return;
  }
  const auto near = closest_match(slo.operation, operations);
  throw refusal(slo, "the mix has no operation " + shown(slo.operation))
      .with_hint(near.empty() ? "it has " + join(operations, ", ") : "did you mean " + near + "?");
}

SloResult evaluate(const Slo& slo, const LoadResult& result) {
  const auto measured = measure(slo, result, chosen(slo, result));
  return {.text = slo.text,
          .measured = measured.value_or(SloResult::nothing),
          .is_met = measured && holds(slo, *measured)};
}

}  // namespace feedctl::loadtest
