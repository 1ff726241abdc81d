#pragma once
// From a complete request to its response: routing, the order of refusals, sign-in, the handler,
// what it throws, and the headers every answer carries. Runs on pool threads, all at once.
#include <atomic>
#include <string>

#include "http/cors.hpp"
#include "http/exchange.hpp"
#include "http/refusal.hpp"
#include "http/server.hpp"

namespace feedctl::http {

class Dispatcher {
 public:
  Dispatcher(const Router& router, Authenticator authenticate, const ServerOptions& options)
      : router_(router),
        authenticate_(std::move(authenticate)),
        cors_(options.cors_origins),
        gzip_(options.gzip) {}
  void reload(const ServerOptions& options);

  const Cors& cors() const { return cors_; }
  bool compresses() const { return gzip_.load(std::memory_order_relaxed); }

  // Finds the route: what it needs to run, the exchange has from here on.
  void prepare(Exchange& exchange) const;
  // Its answer is made of what is at hand; who sends a token may have to wait for its key.
  static bool needs_no_pool(const Exchange& exchange) {
    if (exchange.route == nullptr) return true;
    return exchange.route->on_loop && exchange.request().header("authorization") == nullptr;
  }
  // Its work may be begun where it was framed: nothing is to be looked up or read from a file.
  static bool begins_on_loop(const Exchange& exchange) {
    const auto& request = exchange.request();
    return exchange.route != nullptr && exchange.route->begin && request.body_file.empty() &&
           request.header("authorization") == nullptr;
  }
  // Begins its route's work. False: it is to be answered now, by what is left of it or as usual.
  // Where it is true the exchange belongs to whoever resumes it.
  bool begin(Exchange& exchange, Resume resume) const;
  // Never throws what a handler threw. The exchange has been prepared.
  Response answer(Exchange& exchange) const;
  // The same headers on an answer of the front itself.
  Response refuse(const Request& request, const Refusal& refusal) const;

 private:
  Response route(Exchange& exchange) const;
  Response unmatched(const Request& request) const;
  void decorate(const Request& request, Response& response) const;

  const Router& router_;
  const Authenticator authenticate_;
  Cors cors_;
  std::atomic<bool> gzip_;
};

// Whether an Accept field admits a type; one that is malformed admits all.
bool accepts(std::string_view accept, std::string_view content_type);

}  // namespace feedctl::http
