#include "http/cors.hpp"

#include <algorithm>

#include "http/authority.hpp"

namespace feedctl::http {

std::vector<std::string> Cors::normalize(std::vector<std::string> origins) {
  for (auto& origin : origins) origin = normalize_origin(origin);
  return origins;
}

// Browsers send normalized origins, except for the dot that may end a host.
bool Cors::contains(const std::vector<std::string>& origins, std::string_view origin) {
  const auto is_listed = [&](std::string_view wanted) {
    return std::find(origins.begin(), origins.end(), wanted) != origins.end();
  };
  if (is_listed(origin)) return true;
  const bool dotted =
      origin.find(".:") != std::string_view::npos || (!origin.empty() && origin.back() == '.');
  return dotted && is_listed(normalize_origin(origin));
}

bool Cors::is_preflight(const Request& request) {
  return request.method == Method::options && request.header("origin") != nullptr &&
         request.header("access-control-request-method") != nullptr;
}

Response Cors::preflight(const Request& request) const {
  auto response = no_content();
  const std::string_view origin = *request.header("origin");
  const auto add = [&](std::string_view name, std::string_view value) {
    response.header(std::string(name), std::string(value));
  };
  if (!allow_origin(&origin, add)) return response;
  response.header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
      .header("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
              "Last-Event-ID, Traceparent, X-Request-Id, X-User-Id")
      .header("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace feedctl::http
