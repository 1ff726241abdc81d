#pragma once
// Makes the response to a complete request: routing, content negotiation, authentication, rate
// limits, the handler, error mapping and the common headers. Thread-safe.
#include <atomic>
#include <string>

#include "http/cors.hpp"
#include "http_server/exchange.hpp"
#include "http_server/rejection.hpp"
#include "http_server/server_options.hpp"

namespace feedctl::http {

class Dispatcher {
 public:
  // `router` must outlive it.
  Dispatcher(const Router& router, Authenticator authenticate, RateLimiter limit_rate,
             const ServerOptions& options)
      : router_(router),
        authenticate_(std::move(authenticate)),
        limit_rate_(std::move(limit_rate)),
        cors_(options.cors_origins),
        gzip_(options.gzip) {}
  void reload(const ServerOptions& options);

  const Cors& cors() const { return cors_; }
  bool is_gzip_enabled() const { return gzip_.load(std::memory_order_relaxed); }

  // Finds the route and its path parameters for the exchange.
  void match_route(Exchange& exchange) const;
  // Whether the handler runs on the event loop. With a token it may wait for a key, so it does not.
  static bool runs_on_loop(const Exchange& exchange) {
    if (exchange.route == nullptr) return true;
    return exchange.route->run_on == RunOn::event_loop &&
           exchange.request().header("authorization") == nullptr;
  }
  // Whether the asynchronous handler may start on the event loop: it neither checks a token nor
  // reads a file.
  static bool starts_on_loop(const Exchange& exchange) {
    const auto& request = exchange.request();
    return exchange.route != nullptr && exchange.route->async_handler &&
           request.body_file.empty() && request.header("authorization") == nullptr;
  }
  // Starts the asynchronous handler. After true the exchange belongs to the caller of `resume`.
  // After false the caller answers it, with handle().
  bool start_async(Exchange& exchange, CompletionCallback resume) const;
  // After match_route(). Maps every exception of the handler to a response.
  Response handle(Exchange& exchange) const;
  // The response of the server itself, with the common headers.
  Response make_rejection(const Request& request, const Rejection& rejection) const;

 private:
  Response run_route(Exchange& exchange) const;
  void admit(Exchange& exchange) const;
  void check_rate(Exchange& exchange) const;
  Response unmatched_response(const Request& request) const;
  void add_headers(const Request& request, Response& response) const;

  const Router& router_;
  const Authenticator authenticate_;
  const RateLimiter limit_rate_;
  Cors cors_;
  std::atomic<bool> gzip_;
};

}  // namespace feedctl::http
