#include "admin/dead_event_routes.hpp"

#include "admin/admin_route.hpp"
#include "admin/dead_events.hpp"
#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "events/events.hpp"
#include "http/pagination.hpp"
#include "jobs/dead_letters.hpp"

namespace feedctl::admin {

namespace {

using http::Request;
using http::Response;
using jobs::DeadLetter;

constexpr std::size_t max_listed_error = 200;  // bytes

Error dead_event_not_found(std::int64_t id) {
  return Error(ErrorCode::not_found,
               "there is no dead event " + std::to_string(id) +
                   ": it was retried, dropped or pruned; GET /api/v1/admin/dead-events lists them");
}

std::optional<std::int64_t> member_of(const json::Value& payload, std::string_view name) {
  const auto* member = payload.find(name);
  const auto* value = member == nullptr ? nullptr : member->integer();
  return value == nullptr ? std::nullopt : std::optional(*value);
}

// "PostLiked", or the kind of a job.
std::string type_of(const DeadLetter& letter, const json::Value& payload) {
  const auto type = letter.kind == "event" ? member_of(payload, "type") : std::nullopt;
  if (!type) return letter.kind;
  const auto name = events::name_of(static_cast<events::Type>(*type));
  return name.empty() ? "event type " + std::to_string(*type) : std::string(name);
}

void append_members(json::Writer& writer, const DeadLetter& letter, std::size_t max_error) {
  const auto payload = json::parse(letter.payload);
  writer.integer("id", letter.id).text("type", type_of(letter, payload));
  // All dead events are those of `feedctl work`.
  writer.text("consumer", "work").integer("object", letter.subject);
  writer.optional_integer("actor", member_of(payload, "actor"));
  writer.integer("attempts", letter.attempts).integer("crashes", letter.crashes);
  writer.text("error", utf8_prefix(letter.error, max_error));
  writer.text("created_at", rfc3339(letter.created_at));
  writer.text("died_at", rfc3339(letter.died_at));
}

Response list_dead_events(const Deps& deps, const Request& request) {
  const http::PageRequest page(request, deps.cursors, "admin-dead-events");
  auto letters = jobs::list_newest_dead_letters(deps.database, page.before_id(), page.limit() + 1);
  const auto next = page.drop_extra(letters);
  return page.respond("dead_events", next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& letter : letters) {
      append_members(writer.open_object(), letter, max_listed_error);
      writer.close_object();
    }
    writer.close_array();
  });
}

Response show_dead_event(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto letter = jobs::find_dead_letter(deps.database, id);
  if (!letter) throw dead_event_not_found(id);
  std::string body;
  json::Writer writer(body);
  append_members(writer.open_object(), *letter, letter->error.size());
  writer.raw("event", letter->payload).close_object();
  return http::json_response(200, std::move(body));
}

Response retry(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  if (!retry_dead_event(deps.database, id, audit::actor_of(request)))
    throw dead_event_not_found(id);
  return http::no_content();
}

Response drop(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  if (!drop_dead_event(deps.database, id, audit::actor_of(request))) throw dead_event_not_found(id);
  return http::no_content();
}

}  // namespace

void add_dead_event_routes(http::Router& router, const Deps& deps) {
  using http::Method;
  add_admin_route(router, deps, Method::get, "dead-events", list_dead_events);
  add_admin_route(router, deps, Method::get, "dead-events/{id}", show_dead_event);
  add_admin_route(router, deps, Method::post, "dead-events/{id}/retry", retry);
  add_admin_route(router, deps, Method::del, "dead-events/{id}", drop);
}

}  // namespace feedctl::admin
