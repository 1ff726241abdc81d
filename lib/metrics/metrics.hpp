#pragma once
// The metrics registry: counters, gauges and histograms, and the Prometheus text of /metrics, over
// prometheus-cpp. Look a child up once and keep the reference: a lookup takes a lock, counting does
// not. References live as long as the process. Thread-safe.
// Names: prefix feedctl_, base units, _total for counters; labels only from small fixed sets.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace feedctl::metrics {

using Labels = std::map<std::string, std::string>;

struct Sample {
  Labels labels;
  double value = 0;
};
struct HistogramSample {
  struct Bucket {
    double upper_bound = 0;
    std::uint64_t count = 0;  // of values up to the bound
  };
  Labels labels;
  std::uint64_t count = 0;
  std::vector<Bucket> buckets;  // ascending; the last bound is infinite
};

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double n = 1) = 0;
  virtual double value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double v) = 0;
  virtual void add(double n) = 0;
  virtual double value() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double v) = 0;
  virtual HistogramSample sample() const = 0;  // without labels
};

// The same name and labels give the same child; the first call sets `help`.
Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
// Bounds ascending, in the unit of the name; default: 0.5 ms to 10 s, for seconds.
Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                     const std::vector<double>& bounds = {});

// The commit that feedctl_build_info names; "unknown" before.
void set_commit(const std::string& commit);

// The children of one family at this moment, in the order of their labels; empty for an unknown
// name. Readers make no child, unlike the functions above.
std::vector<Sample> counter_samples(const std::string& name);
std::vector<Sample> gauge_samples(const std::string& name);
std::vector<HistogramSample> histogram_samples(const std::string& name);

// All metrics in the text exposition format 0.0.4, with process_* from /proc/self.
std::string exposition_text();

// For /debug/metrics-summary: each family summed over its children (histograms: name_count and
// name_sum).
std::map<std::string, double> summary();

}  // namespace feedctl::metrics
