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

  // Never throws what a handler threw. Sets exchange.route.
  Response answer(Exchange& exchange) const;
  // The same headers on an answer of the front itself.
  Response refuse(const Request& request, const Refusal& refusal) const;

 private:
  Response route(Exchange& exchange) const;
  Response unmatched(const Request& request, const std::string& allow) const;
  void decorate(const Request& request, Response& response) const;

  const Router& router_;
  const Authenticator authenticate_;
  Cors cors_;
  std::atomic<bool> gzip_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT", kept for a second.
const std::string& http_date();
// Whether an Accept field admits a type; one that is absent or malformed admits all.
bool accepts(const std::string* accept, std::string_view content_type);

}  // namespace feedctl::http
