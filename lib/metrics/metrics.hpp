#pragma once
// Counters, gauges and histograms, and the Prometheus text of /metrics. prometheus-cpp keeps the
// numbers and stays behind this header. Look a child up once and keep the reference: looking up
// takes a lock, counting does not block. References live as long as the process. Thread-safe.
// Names: prefix feedctl_, base units, _total for counters; labels only from small fixed sets.
#include <map>
#include <string>
#include <vector>

namespace feedctl::metrics {

using Labels = std::map<std::string, std::string>;

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
};

// The same name and labels give the same child; `help` is taken from the first call.
Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
// Bounds ascending, in the unit of the name; default: 0.5 ms to 10 s, for seconds.
Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                     const std::vector<double>& bounds = {});

// Everything in the text exposition format 0.0.4, with process_* read from /proc/self.
std::string text();

// What /debug/metrics-summary shows: each family summed over its children, name -> value
// (histograms: name_count and name_sum).
std::map<std::string, double> summary();

}  // namespace feedctl::metrics
