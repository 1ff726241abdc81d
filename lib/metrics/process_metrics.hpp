#pragma once
// The standard process_* metrics of Prometheus' client libraries, read from /proc/self at each
// call. Values that cannot be read are left out. Thread-safe.
#include <string>
#include <vector>

namespace feedctl::metrics {

struct ProcessMetric {
  std::string name;
  std::string help;
  double value = 0;
  bool is_counter = false;
};

std::vector<ProcessMetric> read_process_metrics();

}  // namespace feedctl::metrics
