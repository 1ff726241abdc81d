#pragma once
// Metrics and the access log of requests (docs/operations.md). Thread-safe. It looks up a metric
// once for each route, method and status code.
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "http_server/exchange.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::http {

class RequestTelemetry {
 public:
  // `router` must outlive it.
  RequestTelemetry(const Router& router, bool access_log);
  void set_access_log(bool on) { access_log_ = on; }

  bool is_logging() const;

  void on_response(const Exchange& exchange);
  // A request with an inline response; the caller logs it.
  void on_inline_response(const Route& route, Method method, int status, double seconds);
  // A request that the server answered without a handler.
  void on_rejected(const Request& request, int status, std::size_t body_bytes, const char* reason);
  void log_request(const Request& request, int status, std::size_t bytes, double seconds) const;
  // A request that admission control rejected.
  static void on_shed(LoadClass load_class, const char* reason);
  // Logs a streamed response with all its bytes; on_response() has counted it at its start.
  void on_stream_end(const Exchange& exchange) const;
  void add_streams(int change) { streams_.add(change); }
  static void on_slow_stream_dropped();
  void add_connections(int change) { connections_.add(change); }
  void add_in_flight(int change) { in_flight_.add(change); }

 private:
  // Of one method of one route, by status code.
  class RouteTimings {
   public:
    void observe(const std::string& route, Method method, int code, double seconds);

   private:
    std::array<std::atomic<metrics::Histogram*>, 128> by_code_{};
  };
  static constexpr std::size_t method_count = 7;

  RouteTimings& timings_of(const Route* route, Method method);

  const Router& router_;
  std::atomic<bool> access_log_;
  std::unique_ptr<RouteTimings[]> timings_;  // by route and method; the last row has no route
  metrics::Gauge& in_flight_;
  metrics::Gauge& connections_;
  metrics::Gauge& streams_;
};

// The `reason` label of feedctl_http_rejected_total for a status.
const char* rejection_reason(int status);

}  // namespace feedctl::http
