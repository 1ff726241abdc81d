#include "http_server/dispatcher.hpp"

#include <algorithm>
#include <random>

#include "base/error.hpp"
#include "base/exhaustion.hpp"
#include "base/log.hpp"
#include "http/compress.hpp"
#include "http/content_negotiation.hpp"
#include "http/problem.hpp"
#include "http/serialize.hpp"
#include "http_server/log_rate_limiter.hpp"
#include "http_server/request_ids.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

std::string_view pattern_of(const Route* route) {
  return route != nullptr ? std::string_view(route->pattern) : "none";
}

bool is_read(Method method) {
  return method == Method::get || method == Method::head;
}

// Several Accept fields are one list.
bool accepts_type(const Request& request, std::string_view type) {
  const auto* accept = request.header("accept");
  if (accept == nullptr || accepts(*accept, type)) return true;
  std::string list;
  for (const auto& [name, value] : request.headers) {
    if (name == "accept") list.append(list.empty() ? "" : ", ").append(value);
  }
  return list.size() > accept->size() && accepts(list, type);
}

Response not_acceptable(const Request& request, std::string_view content_type) {
  const auto text = "this answers " + std::string(media_type(content_type)) + " only";
  return problem(406, text, request.request_id);
}

Response unavailable(const Request& request, const Route* route, const Error& error) {
  static LogRateLimiter warnings;
  if (const auto suppressed = warnings.try_log()) {
    log::warning("service unavailable", {{"route", pattern_of(route)},
                                         {"request_id", request.request_id},
                                         {"trace_id", trace_id(request)},
                                         {"error", error.what()},
                                         {"detail", error.detail()},
                                         {"suppressed", *suppressed}});
  }
  return problem(error, request.request_id);
}

// After its first line a detail is about a single row or request.
std::string log_key(std::string_view route, std::string_view what, std::string_view detail) {
  std::string key;
  for (const auto part : {route, what, detail.substr(0, detail.find('\n'))}) {
    key.append(part) += '\n';
  }
  return key;
}

Response internal_error(const Request& request, const Route* route, std::string_view what,
                        std::string_view detail = {}) {
  static KeyedLogRateLimiter errors(100);
  if (const auto suppressed = errors.try_log(log_key(pattern_of(route), what, detail))) {
    log::error("request failed", {{"route", pattern_of(route)},
                                  {"request_id", request.request_id},
                                  {"trace_id", trace_id(request)},
                                  {"error", what},
                                  {"detail", detail},
                                  {"suppressed", *suppressed}});
  }
  return problem(500, "Internal server error", request.request_id);
}

// A resource that is exhausted now may be available again.
Response exception_response(const Request& request, const Route* route,
                            const std::exception& error) {
  const char* resource = exhausted_resource(error);
  if (resource == nullptr) return internal_error(request, route, error.what());
  return unavailable(request, route,
                     Error(ErrorCode::unavailable, "too busy, try again")
                         .with_detail(std::string(resource) + " could not be obtained"));
}

// Jitter, so that rejected clients do not retry together.
int random_retry_after() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<int>(1, 3)(random);
}

}  // namespace

Response Dispatcher::unmatched_response(const Request& request) const {
  const auto allow = router_.allowed_methods(request.path);
  if (request.method == Method::options && (request.path == "*" || !allow.empty())) {
    auto response = no_content();
    response.header("Allow", allow.empty() ? std::string(all_methods) : allow);
    return response;
  }
  if (allow.empty()) return problem(404, "Not found", request.request_id);
  auto response = problem(405, "Method not allowed", request.request_id);
  response.header("Allow", allow);
  return response;
}

void Dispatcher::match_route(Exchange& exchange) const {
  auto& request = exchange.request();
  if (Cors::is_preflight(request)) return;
  auto match = router_.match(request.method, request.path);
  if (match.route == nullptr) return;
  exchange.route = match.route;
  request.path_params = std::move(match.path_params);
  request.route = match.route->pattern;
}

// Throws Error(rate_limited) above a limit.
void Dispatcher::check_rate(Exchange& exchange) const {
  const auto rate_class = exchange.rate_class();
  if (!limit_rate_ || rate_class == RateClass::none) return;
  const bool on_loop = runs_on_loop(exchange) || starts_on_loop(exchange);
  auto verdict =
      limit_rate_(exchange.request(), rate_class, on_loop ? RunOn::event_loop : RunOn::pool);
  exchange.rate_limit = std::move(verdict.fields);
  if (verdict.refusal) throw std::move(*verdict.refusal);
}

// Authentication and rate limits. A request that fails authentication counts, too: tokens cannot
// be guessed at any rate, and a client that goes on is told 429 instead.
void Dispatcher::admit(Exchange& exchange) const {
  const auto& route = *exchange.route;
  const bool is_limited_first = route.rate_class == RateClass::login;
  if (is_limited_first) check_rate(exchange);
  try {
    if (authenticate_) authenticate_(exchange.request(), route);
  } catch (const Error&) {
    if (!is_limited_first) check_rate(exchange);
    throw;
  }
  if (!is_limited_first) check_rate(exchange);
}

bool Dispatcher::start_async(Exchange& exchange, CompletionCallback resume) const {
  auto& request = exchange.request();
  const auto* route = exchange.route;
  if (request.deadline.is_expired() || !accepts_type(request, "application/json")) return false;
  try {
    admit(exchange);
    route->async_handler(request, std::move(resume));
    return true;
  } catch (...) {
    exchange.continuation = [error = std::current_exception()]() -> Response {
      std::rethrow_exception(error);
    };
    return false;
  }
}

Response Dispatcher::run_route(Exchange& exchange) const {
  if (exchange.continuation) return exchange.continuation();
  auto& request = exchange.request();
  if (Cors::is_preflight(request)) return cors_.preflight(request);
  const auto* route = exchange.route;
  if (route == nullptr) return unmatched_response(request);
  // A command must not happen where the client does not accept its response.
  const bool is_command = !is_read(request.method) || route->async_handler;
  if (is_command && !accepts_type(request, "application/json"))
    return not_acceptable(request, "application/json");
  admit(exchange);
  auto response = route->handler(request);
  if (is_read(request.method) && response.status == 200 &&
      !accepts_type(request, response.content_type)) {
    return not_acceptable(request, response.content_type);
  }
  return response;
}

Response Dispatcher::handle(Exchange& exchange) const {
  auto& request = exchange.request();
  Response response;
  try {
    if (!exchange.continuation && request.deadline.is_expired()) {
      throw Error(ErrorCode::unavailable, "too busy, try again");
    }
    response = run_route(exchange);
  } catch (const HttpError& error) {
    response = problem(error.status(), error.what(), request.request_id);
  } catch (const Error& error) {
    if (status_of(error.code()) == 500) {
      response = internal_error(request, exchange.route, error.what(), error.detail());
    } else if (error.code() == ErrorCode::unavailable) {
      response = unavailable(request, exchange.route, error);
    } else {
      response = problem(error, request.request_id);
    }
  } catch (const std::exception& error) {
    response = exception_response(request, exchange.route, error);
  } catch (...) {
    response = internal_error(request, exchange.route, "unknown exception");
  }
  const bool is_admin_route = exchange.route != nullptr && exchange.route->scope == Scope::admin;
  if (is_gzip_enabled() && !is_admin_route && !response.stream && !response.file)
    compress(request, response);
  if (!exchange.rate_limit.policy.empty()) {
    response.header("RateLimit-Policy", std::move(exchange.rate_limit.policy))
        .header("RateLimit", std::move(exchange.rate_limit.limit));
  }
  add_headers(request, response);
  return response;
}

void Dispatcher::reload(const ServerOptions& options) {
  cors_.replace(options.cors_origins);
  gzip_ = options.gzip;
}

Response Dispatcher::make_rejection(const Request& request, const Rejection& rejection) const {
  auto response = problem(rejection.status, rejection.message, request.request_id);
  if (rejection.status == 503)
    response.headers = {{"Retry-After", std::to_string(random_retry_after())}};
  if (rejection.status == 405) {
    const auto allow = router_.allowed_methods(request.path);
    response.header("Allow", allow.empty() ? std::string(all_methods) : allow);
  }
  add_headers(request, response);
  return response;
}

// In the order of inline responses: first the headers that all clients share.
void Dispatcher::add_headers(const Request& request, Response& response) const {
  response.headers.reserve(response.headers.size() + 8);
  add_common_headers(response);
  const auto add = [&](std::string_view name, std::string_view value) {
    response.header(std::string(name), std::string(value));
  };
  if (!Cors::is_preflight(request)) {
    const auto* sent = request.header("origin");
    const std::string_view origin = sent != nullptr ? *sent : std::string_view();
    cors_.add_headers(sent != nullptr ? &origin : nullptr, add);
  }
  response.header("X-Request-Id", request.request_id);
  if (!request.traceparent.empty()) response.header("traceparent", request.traceparent);
  response.header("Date", http_date());
}

}  // namespace feedctl::http
