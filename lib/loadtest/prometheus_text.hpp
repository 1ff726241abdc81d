#pragma once
// A parser for the text exposition format of Prometheus, version 0.0.4, as /metrics answers it.
// Lines that are malformed are skipped and counted: a figure less is no failure. Plain values.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::loadtest {

struct MetricSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;

  // "": it has no such label.
  std::string_view label(std::string_view label_name) const;
};

struct MetricsText {
  std::vector<MetricSample> samples;
  std::size_t skipped_lines = 0;  // malformed, or beyond max_metric_samples
};

inline constexpr std::size_t max_metric_samples = 100'000;

MetricsText parse_prometheus_text(std::string_view text);

}  // namespace feedctl::loadtest
