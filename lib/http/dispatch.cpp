#include "http/dispatch.hpp"

#include <algorithm>
#include <random>

#include "base/error.hpp"
#include "base/exhaustion.hpp"
#include "base/log.hpp"
#include "http/compress.hpp"
#include "http/identify.hpp"
#include "http/once_a_second.hpp"
#include "http/preferences.hpp"
#include "http/problem.hpp"
#include "http/serialize.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

std::string_view pattern_of(const Route* route) {
  return route != nullptr ? std::string_view(route->pattern) : "none";
}

bool reads(Method method) {
  return method == Method::get || method == Method::head;
}

// Sent in several fields it is one list.
bool admits(const Request& request, std::string_view type) {
  const auto* accept = request.header("accept");
  if (accept == nullptr || accepts(*accept, type)) return true;
  std::string whole;
  for (const auto& [name, value] : request.headers) {
    if (name == "accept") whole.append(whole.empty() ? "" : ", ").append(value);
  }
  return whole.size() > accept->size() && accepts(whole, type);
}

std::string_view bare_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

Response not_acceptable(const Request& request, std::string_view content_type) {
  const auto text = "this answers " + std::string(bare_type(content_type)) + " only";
  return problem(406, text, request.request_id);
}

Response unavailable(const Request& request, const Route* route, const Error& error) {
  static OnceASecond warnings;
  if (const auto suppressed = warnings.turn()) {
    log::warning("service unavailable", {{"route", pattern_of(route)},
                                         {"request_id", request.request_id},
                                         {"trace_id", trace_id(request)},
                                         {"error", error.what()},
                                         {"detail", error.detail()},
                                         {"suppressed", *suppressed}});
  }
  return problem(error, request.request_id);
}

// Whatever comes behind the first line of a detail is about the one row or request.
std::string kind_of(std::string_view route, std::string_view what, std::string_view detail) {
  std::string kind;
  for (const auto part : {route, what, detail.substr(0, detail.find('\n'))}) {
    kind.append(part) += '\n';
  }
  return kind;
}

Response broken(const Request& request, const Route* route, std::string_view what,
                std::string_view detail = {}) {
  static EachOnceASecond errors(100);
  if (const auto suppressed = errors.turn(kind_of(pattern_of(route), what, detail))) {
    log::error("request failed", {{"route", pattern_of(route)},
                                  {"request_id", request.request_id},
                                  {"trace_id", trace_id(request)},
                                  {"error", what},
                                  {"detail", detail},
                                  {"suppressed", *suppressed}});
  }
  return problem(500, "Internal server error", request.request_id);
}

// What the system cannot give now it may give again.
Response failed(const Request& request, const Route* route, const std::exception& error) {
  const char* missing = exhausted_by(error);
  if (missing == nullptr) return broken(request, route, error.what());
  return unavailable(request, route,
                     Error(ErrorCode::unavailable, "too busy, try again")
                         .with_detail(std::string(missing) + " could not be had"));
}

// So that those who are sent away do not come back together.
int some_seconds() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<int>(1, 3)(random);
}

// How closely a media range names a type: 3 as itself, 1 as anything, 0 not at all.
int closeness(std::string_view range, std::string_view type) {
  if (range == "*/*") return 1;
  const auto slash = range.find('/');
  if (slash != std::string_view::npos && range.substr(slash) == "/*") {
    return same_word(type.substr(0, slash + 1), range.substr(0, slash + 1)) ? 2 : 0;
  }
  return same_word(range, type) ? 3 : 0;
}

}  // namespace

bool accepts(std::string_view accept, std::string_view content_type) {
  if (accept == "*/*" || accept == content_type) return true;
  if (accept.find('/') == std::string_view::npos) return true;
  const auto type = bare_type(content_type);
  int closest = 0;
  bool admitted = false;
  for_each_preference(accept, [&](std::string_view range, int q) {
    const int close = closeness(range, type);
    if (close == 0 || close < closest) return;
    admitted = q != 0 || (close == closest && admitted);  // one that is malformed refuses nothing
    closest = close;
  });
  return admitted;
}

Response Dispatcher::unmatched(const Request& request) const {
  const auto allow = router_.allow(request.path);
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

void Dispatcher::prepare(Exchange& exchange) const {
  auto& request = exchange.request();
  if (Cors::is_preflight(request)) return;
  auto match = router_.match(request.method, request.path);
  if (match.route == nullptr) return;
  exchange.route = match.route;
  request.path_params = std::move(match.path_params);
  request.route = match.route->pattern;
}

bool Dispatcher::begin(Exchange& exchange, Resume resume) const {
  auto& request = exchange.request();
  const auto* found = exchange.route;
  if (request.deadline.over() || !admits(request, "application/json")) return false;
  try {
    if (authenticate_) authenticate_(request, found->policy);
    found->begin(request, std::move(resume));
    return true;
  } catch (...) {
    exchange.rest = [error = std::current_exception()]() -> Response {
      std::rethrow_exception(error);
    };
    return false;
  }
}

Response Dispatcher::route(Exchange& exchange) const {
  if (exchange.rest) return exchange.rest();
  auto& request = exchange.request();
  if (Cors::is_preflight(request)) return cors_.preflight(request);
  const auto* found = exchange.route;
  if (found == nullptr) return unmatched(request);
  // A command that would answer in a form nobody wants must not have happened.
  if (!reads(request.method) && !admits(request, "application/json"))
    return not_acceptable(request, "application/json");
  if (authenticate_) authenticate_(request, found->policy);
  auto response = found->handler(request);
  if (reads(request.method) && response.status == 200 && !admits(request, response.content_type)) {
    return not_acceptable(request, response.content_type);
  }
  return response;
}

Response Dispatcher::answer(Exchange& exchange) const {
  auto& request = exchange.request();
  Response response;
  try {
    if (!exchange.rest && request.deadline.over()) {
      throw Error(ErrorCode::unavailable, "too busy, try again");
    }
    response = route(exchange);
  } catch (const HttpError& error) {
    response = problem(error.status(), error.what(), request.request_id);
  } catch (const Error& error) {
    if (status_of(error.code()) == 500) {
      response = broken(request, exchange.route, error.what(), error.detail());
    } else if (error.code() == ErrorCode::unavailable) {
      response = unavailable(request, exchange.route, error);
    } else {
      response = problem(error, request.request_id);
    }
  } catch (const std::exception& error) {
    response = failed(request, exchange.route, error);
  } catch (...) {
    response = broken(request, exchange.route, "unknown exception");
  }
  const bool admin = exchange.route != nullptr && exchange.route->policy == Policy::admin;
  if (compresses() && !admin && !response.stream) compress(request, response);
  decorate(request, response);
  return response;
}

void Dispatcher::reload(const ServerOptions& options) {
  cors_.replace(options.cors_origins);
  gzip_ = options.gzip;
}

Response Dispatcher::refuse(const Request& request, const Refusal& refusal) const {
  auto response = problem(refusal.status, refusal.message, request.request_id);
  if (refusal.status == 503) response.headers = {{"Retry-After", std::to_string(some_seconds())}};
  if (refusal.status == 405) {
    const auto allow = router_.allow(request.path);
    response.header("Allow", allow.empty() ? std::string(all_methods) : allow);
  }
  decorate(request, response);
  return response;
}

// In the order in which answers from memory have them, too: first what holds for everybody.
void Dispatcher::decorate(const Request& request, Response& response) const {
  response.headers.reserve(response.headers.size() + 8);
  add_standing_fields(response);
  const auto add = [&](std::string_view name, std::string_view value) {
    response.header(std::string(name), std::string(value));
  };
  if (!Cors::is_preflight(request)) {
    const auto* named = request.header("origin");
    const std::string_view origin = named != nullptr ? *named : std::string_view();
    cors_.decorate(named != nullptr ? &origin : nullptr, add);
  }
  response.header("X-Request-Id", request.request_id);
  if (!request.traceparent.empty()) response.header("traceparent", request.traceparent);
  response.header("Date", http_date());
}

}  // namespace feedctl::http
