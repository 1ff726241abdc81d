#pragma once
// The counters of a bus. Thread-safe.
#include <string>

#include "metrics/metrics.hpp"

namespace feedctl::bus {

struct BusMetrics {
  explicit BusMetrics(const std::string& carrier)
      : published(make_counter(carrier, "published", "Messages that the bus confirmed.")),
        received(make_counter(carrier, "received", "Messages that the bus delivered.")),
        errors(make_counter(carrier, "errors", "Operations that failed at the bus.")) {}

  metrics::Counter& published;
  metrics::Counter& received;
  metrics::Counter& errors;

 private:
  static metrics::Counter& make_counter(const std::string& carrier, const std::string& what,
                                        const std::string& help) {
    return metrics::counter("feedctl_bus_" + what + "_total", help, {{"carrier", carrier}});
  }
};

}  // namespace feedctl::bus
