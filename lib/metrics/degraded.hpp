#pragma once
// feedctl_degraded: whether this process goes on without a dependency. Thread-safe.
#include <string>

namespace feedctl::metrics {

// `dependency`: "postgresql", "redis", "bus", "media" or "oidc". The first call makes the series,
// so call it only for a dependency that is configured.
void set_degraded(const std::string& dependency, bool is_degraded);

}  // namespace feedctl::metrics
