#pragma once
// What the administration routes have in common. Pure functions.
#include <optional>
#include <string>
#include <string_view>

#include "admin/routes.hpp"
#include "base/json_writer.hpp"

namespace feedctl::admin {

using RouteHandler = http::Response (*)(const Deps& deps, const http::Request& request);

// Adds a route for admins below /api/v1/admin/. Its answers may not be cached.
void add_admin_route(http::Router& router, const Deps& deps, http::Method method,
                     std::string_view path, RouteHandler handle);

// A parameter of the query; nullopt if it is absent or empty.
std::optional<std::string> query_text(const http::Request& request, std::string_view name);

// A member that is null without a value.
void append_time(json::Writer& writer, std::string_view name, const std::optional<Time>& value);
void append_text(json::Writer& writer, std::string_view name,
                 const std::optional<std::string>& value);
void append_integer(json::Writer& writer, std::string_view name,
                    const std::optional<std::int64_t>& value);

}  // namespace feedctl::admin
