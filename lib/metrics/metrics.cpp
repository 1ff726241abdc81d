#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "base/version.hpp"
#include "metrics/process_metrics.hpp"

namespace feedctl::metrics {
namespace {

class PrometheusCounter : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double n) override { counter_.Increment(n); }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double v) override { gauge_.Set(v); }
  void add(double n) override { gauge_.Increment(n); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double v) override { histogram_.Observe(v); }
  HistogramSample sample() const override {
    const auto metric = histogram_.Collect().histogram;
    HistogramSample sample;
    sample.count = metric.sample_count;
    for (const auto& bucket : metric.bucket)
      sample.buckets.push_back({bucket.upper_bound, bucket.cumulative_count});
    return sample;
  }

 private:
  prometheus::Histogram& histogram_;
};

const std::vector<double> latency_seconds{.0005, .001, .0025, .005, .01, .025, .05,
                                          .1,    .25,  .5,    1,    2.5, 5,    10};

using Key = std::pair<std::string, Labels>;

struct Registry {
  prometheus::Registry prometheus;
  std::mutex mutex;
  std::string commit = "unknown";
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
};

// Never destroyed: threads may still count while the process ends.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

// The child under that key, made by `make` at the first call.
template <typename T, typename Make>
T& child(std::map<Key, std::unique_ptr<T>>& children, const std::string& name, const Labels& labels,
         Make make) {
  const std::lock_guard lock(registry().mutex);
  const auto found = children.find({name, labels});
  if (found != children.end()) return *found->second;
  return *children.emplace(Key{name, labels}, make(registry().prometheus)).first->second;
}

// The children of a family. They are never removed, so they are read without the lock.
template <typename T>
std::vector<std::pair<Labels, const T*>> children_of(const std::map<Key, std::unique_ptr<T>>& all,
                                                     const std::string& name) {
  std::vector<std::pair<Labels, const T*>> found;
  const std::lock_guard lock(registry().mutex);
  for (auto at = all.lower_bound({name, {}}); at != all.end() && at->first.first == name; ++at)
    found.emplace_back(at->first.second, at->second.get());
  return found;
}

template <typename T>
std::vector<Sample> samples_of(const std::map<Key, std::unique_ptr<T>>& all,
                               const std::string& name) {
  std::vector<Sample> samples;
  for (const auto& [labels, child] : children_of(all, name))
    samples.push_back({labels, child->value()});
  return samples;
}

prometheus::MetricFamily to_family(const ProcessMetric& value) {
  prometheus::MetricFamily family;
  family.name = value.name;
  family.help = value.help;
  family.type = value.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  prometheus::ClientMetric metric;
  (value.is_counter ? metric.counter.value : metric.gauge.value) = value.value;
  family.metric.push_back(metric);
  return family;
}

prometheus::MetricFamily build_info() {
  prometheus::MetricFamily family;
  family.name = "feedctl_build_info";
  family.help = "The running version, as labels.";
  family.type = prometheus::MetricType::Gauge;
  prometheus::ClientMetric metric;
  const std::lock_guard lock(registry().mutex);
  metric.label = {{"version", version}, {"commit", registry().commit}};
  metric.gauge.value = 1;
  family.metric.push_back(metric);
  return family;
}

// The log counts by itself: it lies below the metrics.
prometheus::MetricFamily dropped_log_lines() {
  prometheus::MetricFamily family;
  family.name = "feedctl_log_dropped_total";
  family.help = "Lines of the log that were lost: its reader did not keep up, or writing failed.";
  family.type = prometheus::MetricType::Counter;
  const std::pair<const char*, log::Level> levels[] = {{"debug", log::Level::debug},
                                                       {"info", log::Level::info},
                                                       {"warning", log::Level::warning},
                                                       {"error", log::Level::error}};
  for (const auto& [name, level] : levels) {
    prometheus::ClientMetric metric;
    metric.label.push_back({"level", name});
    metric.counter.value = static_cast<double>(log::dropped(level));
    family.metric.push_back(metric);
  }
  return family;
}

std::vector<prometheus::MetricFamily> collect() {
  auto families = registry().prometheus.Collect();
  families.push_back(build_info());
  families.push_back(dropped_log_lines());
  for (const auto& value : read_process_metrics()) families.push_back(to_family(value));
  std::sort(families.begin(), families.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return families;
}

void add_to(std::map<std::string, double>& sums, const prometheus::MetricFamily& family,
            const prometheus::ClientMetric& metric) {
  switch (family.type) {
    case prometheus::MetricType::Counter:
      sums[family.name] += metric.counter.value;
      break;
    case prometheus::MetricType::Histogram:
      sums[family.name + "_count"] += static_cast<double>(metric.histogram.sample_count);
      sums[family.name + "_sum"] += metric.histogram.sample_sum;
      break;
    default:
      sums[family.name] += metric.gauge.value;
  }
}

}  // namespace

Counter& counter(const std::string& name, const std::string& help, const Labels& labels) {
  return child(registry().counters, name, labels, [&](prometheus::Registry& r) {
    return std::make_unique<PrometheusCounter>(
        prometheus::BuildCounter().Name(name).Help(help).Register(r).Add(labels));
  });
}

Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return child(registry().gauges, name, labels, [&](prometheus::Registry& r) {
    return std::make_unique<PrometheusGauge>(
        prometheus::BuildGauge().Name(name).Help(help).Register(r).Add(labels));
  });
}

Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels,
                     const std::vector<double>& bounds) {
  const auto& buckets = bounds.empty() ? latency_seconds : bounds;
  return child(registry().histograms, name, labels, [&](prometheus::Registry& r) {
    return std::make_unique<PrometheusHistogram>(
        prometheus::BuildHistogram().Name(name).Help(help).Register(r).Add(labels, buckets));
  });
}

void set_commit(const std::string& commit) {
  const std::lock_guard lock(registry().mutex);
  registry().commit = commit;
}

std::vector<Sample> counter_samples(const std::string& name) {
  return samples_of(registry().counters, name);
}

std::vector<Sample> gauge_samples(const std::string& name) {
  return samples_of(registry().gauges, name);
}

std::vector<HistogramSample> histogram_samples(const std::string& name) {
  std::vector<HistogramSample> samples;
  for (const auto& [labels, child] : children_of(registry().histograms, name)) {
    samples.push_back(child->sample());
    samples.back().labels = labels;
  }
  return samples;
}

std::string exposition_text() {
  return prometheus::TextSerializer().Serialize(collect());
}

std::map<std::string, double> summary() {
  std::map<std::string, double> sums;
  for (const auto& family : collect()) {
    for (const auto& metric : family.metric) add_to(sums, family, metric);
  }
  return sums;
}

}  // namespace feedctl::metrics
