#include "console/process_figures.hpp"

#include <cmath>
#include <map>
#include <string>

#include "metrics/metrics.hpp"
#include "metrics/process_metrics.hpp"

namespace feedctl::console {

namespace {

std::string label(const metrics::Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

// The counters of a family, summed by the value of one label.
std::map<std::string, std::uint64_t> sums_by(const std::string& family, const std::string& name) {
  std::map<std::string, std::uint64_t> sums;
  for (const auto& sample : metrics::counter_samples(family))
    sums[label(sample.labels, name)] += static_cast<std::uint64_t>(sample.value);
  return sums;
}

std::uint64_t sum_of(const std::string& family) {
  double sum = 0;
  for (const auto& sample : metrics::counter_samples(family)) sum += sample.value;
  return static_cast<std::uint64_t>(sum);
}

bool is_refusal(const std::string& code) {
  return code == "429" || code == "503";
}

// All routes have the same bounds.
void add_buckets(std::vector<HttpFigures::Bucket>& sums, const metrics::HistogramSample& sample) {
  std::size_t at = 0;
  for (const auto& bucket : sample.buckets) {
    if (std::isinf(bucket.upper_bound)) continue;
    if (at == sums.size()) sums.push_back({bucket.upper_bound, 0});
    sums[at++].count += bucket.count;
  }
}

}  // namespace

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  for (const auto& metric : metrics::read_process_metrics()) {
    if (metric.name == "process_cpu_seconds_total") figures.cpu_seconds = metric.value;
    if (metric.name == "process_resident_memory_bytes")
      figures.resident_bytes = static_cast<std::int64_t>(metric.value);
    if (metric.name == "process_open_fds")
      figures.open_fds = static_cast<std::int64_t>(metric.value);
    if (metric.name == "process_start_time_seconds")
      figures.started_at = from_unix_us(static_cast<std::int64_t>(metric.value * 1e6));
  }
  return figures;
}

// Overload protection refuses requests before a route is known to the timings.
HttpFigures read_http_figures() {
  HttpFigures figures;
  for (const auto& sample : metrics::histogram_samples("feedctl_http_request_duration_seconds")) {
    const auto code = label(sample.labels, "code");
    figures.requests += sample.count;
    if (is_refusal(code))
      figures.refused += sample.count;
    else if (code.substr(0, 1) == "5")
      figures.errors += sample.count;
    add_buckets(figures.buckets, sample);
  }
  figures.refused += sum_of("feedctl_http_shed_total");
  return figures;
}

CacheFigures read_cache_figures() {
  auto sums = sums_by("feedctl_cache_requests_total", "result");
  CacheFigures figures;
  figures.hits = sums["hit"] + sums["fresh"];
  figures.stale = sums["wait"];
  figures.misses = sums["miss"] + sums["lease"] + sums["down"];
  figures.recomputes = sum_of("feedctl_hot_recomputes_total");
  return figures;
}

FeedFigures read_feed_figures() {
  FeedFigures figures;
  for (const auto& [source, count] : sums_by("feedctl_feed_pages_total", "source")) {
    const bool is_index = source.substr(0, 5) == "index";
    (is_index ? figures.pages_from_index : figures.pages_from_definition) += count;
  }
  return figures;
}

std::uint64_t read_flushed_views() {
  auto sums = sums_by("feedctl_views_flushed_total", "result");
  return sums["views"] + sums["impressions"];
}

}  // namespace feedctl::console
