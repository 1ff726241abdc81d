#include "metrics/degraded.hpp"

#include "metrics/metrics.hpp"

namespace feedctl::metrics {

void set_degraded(const std::string& dependency, bool is_degraded) {
  gauge("feedctl_degraded", "Whether this process goes on without the dependency.",
        {{"dependency", dependency}})
      .set(is_degraded ? 1 : 0);
}

}  // namespace feedctl::metrics
