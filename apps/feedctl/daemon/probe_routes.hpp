#pragma once
// Routes for monitoring that serve and work share: Prometheus metrics, and the liveness and
// readiness probes of load balancers and orchestrators.
//
// They are public and belong to the load class `health`, which admission control rejects last.
// Plain functions; call them before the server starts.
#include <functional>
#include <string>

#include "feedctl/daemon/readiness.hpp"
#include "http/router.hpp"

namespace feedctl::app {

struct HealthProbes {
  std::string live_json;                       // body of /health/live
  std::function<ReadinessStatus()> readiness;  // called from handler threads
  bool sends_retry_after = false;              // Retry-After: 1 with 503
};

// /metrics, in Prometheus' text format.
void add_metrics_route(http::Router& router);

// /health/live (/livez) and /health/ready (/readyz). The first answers on the event loop, since no
// other request may delay it.
void add_health_routes(http::Router& router, HealthProbes probes);

}  // namespace feedctl::app
