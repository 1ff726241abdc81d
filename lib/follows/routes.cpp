#include "follows/routes.hpp"

#include "base/error.hpp"

namespace feedctl::follows {

namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr int default_limit = 50;
constexpr int max_limit = 100;

using Change = bool (Follows::*)(Id, Id);

// The path names the followee, never the actor.
Response change(const Deps& deps, const Request& request, Change change, bool following) {
  const auto followee = request.path_id("id");
  const auto body = http::Body::parse(request);
  const auto follower = deps.auth.require_actor(request, auth::named_actor(request, &body));
  (deps.follows.*change)(follower, followee);
  std::string text;
  json::Writer writer(text);
  writer.open_object().integer("user_id", followee).boolean("following", following).close_object();
  return http::json_response(200, std::move(text));
}

struct List {
  const char* name;  // last segment of its path, and the kind of its cursors
  Page (Follows::*page)(Id, std::optional<Id>, int);
};

std::optional<Id> position(const Deps& deps, const Request& request, const std::string& scope) {
  const auto* cursor = request.query_value("cursor");
  if (cursor == nullptr) return std::nullopt;
  const auto payload = deps.cursors.verify(scope, *cursor);
  const auto id = payload ? parse_id(*payload) : std::nullopt;
  if (!id) throw Error(ErrorCode::invalid_argument, "invalid cursor");
  return id;
}

Response list(const Deps& deps, const Request& request, const List& list) {
  const auto user = request.path_id("id");
  const auto limit = request.limit(default_limit, max_limit);
  const auto scope = std::string(list.name) + ':' + std::to_string(user);
  const auto page = (deps.follows.*list.page)(user, position(deps, request, scope), limit);
  std::string text;
  json::Writer writer(text);
  writer.open_object().key("users").open_array();
  for (const auto& item : page.users) users::append_json(writer, item);
  writer.close_array();
  if (!page.next) {
    writer.null("next_cursor").close_object();
    return http::json_response(200, std::move(text));
  }
  const auto cursor = deps.cursors.sign(scope, std::to_string(*page.next));
  writer.text("next_cursor", cursor).close_object();
  auto response = http::json_response(200, std::move(text));
  response.header("Link", "</v1/users/" + std::to_string(user) + '/' + list.name + "?limit=" +
                              std::to_string(limit) + "&cursor=" + cursor + ">; rel=\"next\"");
  return response;
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  router.add(
      {Method::post,
       "/v1/users/{id}/follow",
       {"/users/{id}/follow"},
       http::Policy::user,
       [deps](const Request& request) { return change(deps, request, &Follows::follow, true); }});
  router.add({Method::post,
              "/v1/users/{id}/unfollow",
              {"/users/{id}/unfollow"},
              http::Policy::user,
              [deps](const Request& request) {
                return change(deps, request, &Follows::unfollow, false);
              }});
  for (const auto& kind :
       {List{"followers", &Follows::followers}, List{"following", &Follows::following}}) {
    router.add({Method::get,
                std::string("/v1/users/{id}/") + kind.name,
                {},
                http::Policy::public_,
                [deps, kind](const Request& request) { return list(deps, request, kind); }});
  }
}

}  // namespace feedctl::follows
