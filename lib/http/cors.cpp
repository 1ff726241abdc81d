#include "http/cors.hpp"

#include <algorithm>

namespace feedctl::http {

namespace {

bool has(const std::vector<std::string>& origins, std::string_view origin) {
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

}  // namespace

bool Cors::is_preflight(const Request& request) {
  return request.method == Method::options && request.header("origin") != nullptr &&
         request.header("access-control-request-method") != nullptr;
}

bool Cors::allow_origin(const Request& request, Response& response) const {
  const auto& origins = origins_.get();
  if (origins.empty()) return false;
  const bool any = has(origins, "*");
  if (!any) response.header("Vary", "Origin");
  const auto* origin = request.header("origin");
  if (origin == nullptr || (!any && !has(origins, *origin))) return false;
  response.header("Access-Control-Allow-Origin", any ? "*" : *origin);
  return true;
}

Response Cors::preflight(const Request& request) const {
  auto response = no_content();
  if (!allow_origin(request, response)) return response;
  response.header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
      .header("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
              "Traceparent, X-Request-Id, X-User-Id")
      .header("Access-Control-Max-Age", "600");
  return response;
}

void Cors::decorate(const Request& request, Response& response) const {
  if (!allow_origin(request, response)) return;
  response.header("Access-Control-Expose-Headers",
                  "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, "
                  "Retry-After, X-Feed-Token, X-Request-Id");
}

}  // namespace feedctl::http
