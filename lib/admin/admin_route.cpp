#include "admin/admin_route.hpp"

namespace feedctl::admin {

void add_admin_route(http::Router& router, const Deps& deps, http::Method method,
                     std::string_view path, RouteHandler handle) {
  router.add({.method = method,
              .pattern = "/api/v1/admin/" + std::string(path),
              .policy = http::Policy::admin,
              .handler = [deps, handle](const http::Request& request) {
                auto response = handle(deps, request);
                response.header("Cache-Control", "no-store");
                return response;
              }});
}

std::optional<std::string> query_text(const http::Request& request, std::string_view name) {
  const auto* value = request.query_param(name);
  if (value == nullptr || value->empty()) return std::nullopt;
  return *value;
}

void append_time(json::Writer& writer, std::string_view name, const std::optional<Time>& value) {
  append_text(writer, name, value ? std::optional(rfc3339(*value)) : std::nullopt);
}

void append_text(json::Writer& writer, std::string_view name,
                 const std::optional<std::string>& value) {
  if (value)
    writer.text(name, *value);
  else
    writer.null(name);
}

void append_integer(json::Writer& writer, std::string_view name,
                    const std::optional<std::int64_t>& value) {
  if (value)
    writer.integer(name, *value);
  else
    writer.null(name);
}

}  // namespace feedctl::admin
