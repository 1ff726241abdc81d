#include "http_server/request_telemetry.hpp"

#include "base/log.hpp"
#include "http_server/request_ids.hpp"

namespace feedctl::http {

namespace {

metrics::Histogram& histogram_of(const std::string& route, Method method, int code) {
  return metrics::histogram("feedctl_http_request_duration_seconds",
                            "Time from a complete request to its response.",
                            {{"route", route},
                             {"method", std::string(to_string(method))},
                             {"code", std::to_string(code)}});
}

metrics::Counter& rejected_counter(const char* reason) {
  return metrics::counter("feedctl_http_rejected_total",
                          "Requests rejected before a handler, by reason.", {{"reason", reason}});
}

// The codes x00 to x31 have an index; rarer ones cost a lookup each time.
std::size_t index_of(int code, std::size_t count) {
  const auto offset = static_cast<std::size_t>(code % 100);
  const auto hundreds = static_cast<std::size_t>(code / 100 - 2);
  return code >= 200 && offset < 32 ? hundreds * 32 + offset : count;
}

}  // namespace

const char* rejection_reason(int status) {
  switch (status) {
    case 401:
      return "no_token";
    case 408:
      return "timeout";
    case 413:
      return "body_too_large";
    case 414:
    case 431:
      return "head_too_large";
    case 421:
      return "host";
    case 503:
      return "unavailable";
    default:
      return "malformed";
  }
}

RequestTelemetry::RequestTelemetry(const Router& router, bool access_log)
    : router_(router),
      access_log_(access_log),
      timings_(std::make_unique<RouteTimings[]>((router.routes().size() + 1) * method_count)),
      in_flight_(metrics::gauge("feedctl_http_requests_in_flight", "Requests at the handlers.")),
      connections_(metrics::gauge("feedctl_http_connections", "Open client connections.")),
      streams_(metrics::gauge("feedctl_http_streams", "Open event streams.")) {}

void RequestTelemetry::RouteTimings::observe(const std::string& route, Method method, int code,
                                             double seconds) {
  const auto index = index_of(code, by_code_.size());
  if (index >= by_code_.size()) return histogram_of(route, method, code).observe(seconds);
  auto* histogram = by_code_[index].load(std::memory_order_acquire);
  if (histogram == nullptr) {
    histogram = &histogram_of(route, method, code);
    by_code_[index].store(histogram, std::memory_order_release);
  }
  histogram->observe(seconds);
}

RequestTelemetry::RouteTimings& RequestTelemetry::timings_of(const Route* route, Method method) {
  const auto& routes = router_.routes();
  const auto row =
      route == nullptr ? routes.size() : static_cast<std::size_t>(route - routes.data());
  return timings_[row * method_count + static_cast<std::size_t>(method)];
}

void RequestTelemetry::on_response(const Exchange& exchange) {
  static const std::string unmatched = "none";
  const auto& request = exchange.request();
  const std::chrono::duration<double> took = Clock::now() - exchange.received_at;
  timings_of(exchange.route, request.method)
      .observe(exchange.route != nullptr ? exchange.route->pattern : unmatched, request.method,
               exchange.status, took.count());
  if (is_logging() && !exchange.stream)
    log_request(request, exchange.status, exchange.body_bytes, took.count());
}

void RequestTelemetry::on_stream_end(const Exchange& exchange) const {
  const std::chrono::duration<double> took = Clock::now() - exchange.received_at;
  if (is_logging())
    log_request(exchange.request(), exchange.status, exchange.body_bytes, took.count());
}

void RequestTelemetry::on_slow_stream_dropped() {
  static auto& dropped = metrics::counter("feedctl_http_streams_dropped_total",
                                          "Event streams whose clients read too slowly.");
  dropped.add();
}

bool RequestTelemetry::is_logging() const {
  return access_log_.load(std::memory_order_relaxed) && log::is_enabled(log::Level::info);
}

void RequestTelemetry::on_inline_response(const Route& route, Method method, int status,
                                          double seconds) {
  timings_of(&route, method).observe(route.pattern, method, status, seconds);
}

void RequestTelemetry::on_shed(LoadClass load_class, const char* reason) {
  metrics::counter("feedctl_http_shed_total", "Requests refused by overload protection.",
                   {{"class", std::string(to_string(load_class))}, {"reason", reason}})
      .add();
}

void RequestTelemetry::on_rejected(const Request& request, int status, std::size_t body_bytes,
                                   const char* reason) {
  rejected_counter(reason).add();
  if (is_logging()) log_request(request, status, body_bytes, 0);
}

void RequestTelemetry::log_request(const Request& request, int status, std::size_t bytes,
                                   double seconds) const {
  const auto actor = request.identity ? request.identity->user_id : request.actor.value_or(0);
  const auto user = actor != 0 ? std::to_string(actor) : std::string();
  // A rejected target was never decoded, and its query may hold secrets.
  const auto path =
      request.path.empty() ? request.target.substr(0, request.target.find('?')) : request.path;
  log::info("request", {{"method", to_string(request.method)},
                        {"route", request.route.empty() ? "none" : request.route},
                        {"path", path},
                        {"status", status},
                        {"ms", seconds * 1000},
                        {"bytes", bytes},
                        {"client", request.client_address},
                        {"request_id", request.request_id},
                        {"trace_id", trace_id(request)},
                        {"user", user}});
}

}  // namespace feedctl::http
