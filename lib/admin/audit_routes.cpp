#include "admin/audit_routes.hpp"

#include "admin/admin_route.hpp"
#include "audit/audit_log.hpp"
#include "base/display_text.hpp"
#include "base/error.hpp"
#include "http/pagination.hpp"

namespace feedctl::admin {

namespace {

using http::Request;
using http::Response;

constexpr std::size_t max_filter_length = 200;  // code points

std::optional<std::string> filter_text(const Request& request, std::string_view name) {
  auto text = request.filter_param(name);
  if (!text) return std::nullopt;
  if (const auto fault = validate_name(*text, max_filter_length))
    throw Error(ErrorCode::invalid_argument, std::string(name) + " " + *fault);
  return text;
}

void append_entry(json::Writer& writer, const audit::LoggedEntry& logged) {
  writer.open_object().integer("id", logged.id).text("at", rfc3339(logged.at));
  writer.optional_integer("actor", logged.actor.user);
  writer.optional_text("actor_name", logged.actor.name);
  writer.text("action", logged.entry.action).text("object", logged.entry.object);
  writer.optional_raw("before", logged.entry.before);
  writer.optional_raw("after", logged.entry.after);
  writer.text("request_id", logged.actor.request_id).close_object();
}

// A cursor belongs to one filter. The parts cannot hold the separator, a line end.
std::string scope_of(const audit::Filter& filter) {
  return "admin-audit\n" + filter.actor.value_or("") + "\n" + filter.action.value_or("") + "\n" +
         filter.object.value_or("");
}

Response list_audit(const Deps& deps, const Request& request) {
  const audit::Filter filter{filter_text(request, "actor"), filter_text(request, "action"),
                             filter_text(request, "object")};
  const http::PageRequest page(request, deps.cursors, scope_of(filter));
  auto entries = audit::list_entries(deps.database, filter, page.before_id(), page.limit() + 1);
  const auto next = page.drop_extra(entries);
  return page.respond("entries", next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& entry : entries) append_entry(writer, entry);
    writer.close_array();
  });
}

}  // namespace

void add_audit_routes(http::Router& router, const Deps& deps) {
  add_admin_route(router, deps, http::Method::get, "audit", list_audit);
}

}  // namespace feedctl::admin
