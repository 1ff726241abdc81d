#pragma once
// The process_* metrics that Prometheus' client libraries agree on, read from /proc/self at each
// scrape. What cannot be read is left out. Thread-safe: nothing is kept but constants.
#include <string>
#include <vector>

namespace feedctl::metrics {

struct ProcessValue {
  std::string name;
  std::string help;
  double value = 0;
  bool counter = false;
};

std::vector<ProcessValue> process_values();

}  // namespace feedctl::metrics
