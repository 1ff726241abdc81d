#pragma once
// What a carrier counts about itself. Thread-safe.
#include <string>

#include "metrics/metrics.hpp"

namespace feedctl::bus {

struct Counts {
  explicit Counts(const std::string& carrier)
      : published(of(carrier, "published", "Messages that the carrier confirmed.")),
        received(of(carrier, "received", "Messages that the carrier delivered.")),
        errors(of(carrier, "errors", "Operations that the carrier failed.")) {}

  metrics::Counter& published;
  metrics::Counter& received;
  metrics::Counter& errors;

 private:
  static metrics::Counter& of(const std::string& carrier, const std::string& what,
                              const std::string& help) {
    return metrics::counter("feedctl_bus_" + what + "_total", help, {{"carrier", carrier}});
  }
};

}  // namespace feedctl::bus
