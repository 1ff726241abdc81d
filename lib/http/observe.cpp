#include "http/observe.hpp"

#include "base/log.hpp"
#include "http/identify.hpp"

namespace feedctl::http {

namespace {

metrics::Histogram& histogram_of(const std::string& route, Method method, int code) {
  return metrics::histogram("feedctl_http_request_duration_seconds",
                            "From a complete request to its answer.",
                            {{"route", route},
                             {"method", std::string(to_string(method))},
                             {"code", std::to_string(code)}});
}

metrics::Counter& rejected(const char* reason) {
  return metrics::counter("feedctl_http_rejected_total",
                          "Requests that the front answered itself, by reason.",
                          {{"reason", reason}});
}

// 200..299, 400..431 and so on have a place; anything rarer is looked up each time.
std::size_t place_of(int code, std::size_t places) {
  const auto within = static_cast<std::size_t>(code % 100);
  const auto kind = static_cast<std::size_t>(code / 100 - 2);
  return code >= 200 && within < 32 ? kind * 32 + within : places;
}

}  // namespace

const char* reason_of(int status) {
  switch (status) {
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

Observer::Observer(const Router& router, bool access_log)
    : router_(router),
      access_log_(access_log),
      timings_(std::make_unique<Timing[]>((router.routes().size() + 1) * methods)),
      in_flight_(metrics::gauge("feedctl_http_requests_in_flight", "Requests at the handlers.")),
      connections_(metrics::gauge("feedctl_http_connections", "Open client connections.")),
      streams_(metrics::gauge("feedctl_http_streams", "Open event streams.")) {}

void Observer::Timing::observe(const std::string& route, Method method, int code, double seconds) {
  const auto place = place_of(code, by_code_.size());
  if (place >= by_code_.size()) return histogram_of(route, method, code).observe(seconds);
  auto* child = by_code_[place].load(std::memory_order_acquire);
  if (child == nullptr) {
    child = &histogram_of(route, method, code);
    by_code_[place].store(child, std::memory_order_release);
  }
  child->observe(seconds);
}

Observer::Timing& Observer::timing(const Route* route, Method method) {
  const auto& routes = router_.routes();
  const auto row =
      route == nullptr ? routes.size() : static_cast<std::size_t>(route - routes.data());
  return timings_[row * methods + static_cast<std::size_t>(method)];
}

void Observer::finished(const Exchange& exchange) {
  static const std::string unmatched = "none";
  const auto& request = exchange.request();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - exchange.received;
  timing(exchange.route, request.method)
      .observe(exchange.route != nullptr ? exchange.route->pattern : unmatched, request.method,
               exchange.status, took.count());
  if (logs() && !exchange.stream) log(request, exchange.status, exchange.body_bytes, took.count());
}

void Observer::ended(const Exchange& exchange) const {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - exchange.received;
  if (logs()) log(exchange.request(), exchange.status, exchange.body_bytes, took.count());
}

void Observer::dropped_slow_stream() {
  static auto& dropped = metrics::counter("feedctl_http_streams_dropped_total",
                                          "Event streams whose clients read too slowly.");
  dropped.add();
}

bool Observer::logs() const {
  return access_log_.load(std::memory_order_relaxed) && log::enabled(log::Level::info);
}

void Observer::remembered(const Route& route, Method method, int status, double seconds) {
  timing(&route, method).observe(route.pattern, method, status, seconds);
}

void Observer::shed(Load load, const char* why) {
  metrics::counter("feedctl_http_shed_total",
                   "Requests that were not let in to wait for a handler.",
                   {{"class", std::string(to_string(load))}, {"reason", why}})
      .add();
}

void Observer::refused(const Request& request, int status, std::size_t body_bytes,
                       const char* reason) {
  rejected(reason).add();
  if (logs()) log(request, status, body_bytes, 0);
}

void Observer::log(const Request& request, int status, std::size_t bytes, double seconds) const {
  const auto actor = request.identity ? request.identity->user_id : request.actor.value_or(0);
  const auto user = actor != 0 ? std::to_string(actor) : std::string();
  // A refused target was never decoded; its query may hold what logs must not.
  const auto path =
      request.path.empty() ? request.target.substr(0, request.target.find('?')) : request.path;
  log::info("request", {{"method", to_string(request.method)},
                        {"route", request.route.empty() ? "none" : request.route},
                        {"path", path},
                        {"status", status},
                        {"ms", seconds * 1000},
                        {"bytes", bytes},
                        {"client", request.client},
                        {"request_id", request.request_id},
                        {"trace_id", trace_id(request)},
                        {"user", user}});
}

}  // namespace feedctl::http
