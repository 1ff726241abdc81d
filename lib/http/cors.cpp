#include "http/cors.hpp"

#include <algorithm>

namespace feedctl::http {

bool Cors::has(const std::vector<std::string>& origins, std::string_view origin) {
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
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
              "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
              "Traceparent, X-Request-Id, X-User-Id")
      .header("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace feedctl::http
