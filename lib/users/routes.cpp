#include "users/routes.hpp"

#include "base/error.hpp"
#include "commands/answer.hpp"

namespace feedctl::users {

namespace {

using http::Method;
using http::Request;
using http::Response;

Response shown(int status, const User& user) {
  std::string body;
  json::Writer writer(body);
  append_json(writer, user);
  return http::json_response(status, std::move(body));
}

Response shown(int status, const Users::Outcome& outcome) {
  if (outcome.user) return shown(status, *outcome.user);
  return commands::gone_response(status, outcome.id);
}

// Whose a key would be; without one, nobody is asked.
std::optional<Id> asker(const Deps& deps, const Request& request, const http::Body& body) {
  if (request.header("idempotency-key") == nullptr) return std::nullopt;
  return deps.auth.actor(request, auth::named_actor(request, &body));
}

Response create(const Deps& deps, const Request& request) {
  const auto body = http::Body::parse(request);
  const auto handle = body.text("handle");
  if (!handle) {
    throw Error(ErrorCode::invalid_argument, "handle is required")
        .with_field("/handle", "handle is required");
  }
  const NewUser wanted{*handle, body.text("name").value_or("")};
  return commands::answer(
      request, {deps.cursors, deps.on_done}, asker(deps, request, body), [&](auto& command) {
        const auto made = deps.users.create(wanted, command);
        return shown(201, made).header("Location", "/v1/users/" + std::to_string(made.id));
      });
}

Response find(const Deps& deps, const Request& request) {
  const auto* handle = request.query_value("handle");
  if (handle == nullptr) {
    throw Error(ErrorCode::invalid_argument, "handle is required: GET /v1/users?handle=<handle>");
  }
  return shown(200, deps.users.get(*handle));
}

Response rename(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = http::Body::parse(request);
  const auto named = auth::named_actor(request, &body);
  const auto actor = deps.auth.require_self(request, id, named);
  const auto name = body.text("name");
  return commands::answer(request, {deps.cursors, deps.on_done}, actor,
                          [&](commands::Command& command) {
                            return shown(200, deps.users.set_name(id, name, command));
                          });
}

// The account is gone at once; what it leaves behind goes in the background.
Response leave(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = http::Body::parse(request);
  const auto named = auth::named_actor(request, &body);
  const auto actor = deps.auth.require_self(request, id, named);
  return commands::answer(request, {deps.cursors, deps.on_done}, actor,
                          [&](commands::Command& command) {
                            deps.users.leave(id, command);
                            return commands::gone_response(202, id);
                          });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  // Where people sign in, accounts are made by signing in, or by an admin.
  const auto creation =
      deps.auth.mode() == auth::Mode::open ? http::Policy::public_ : http::Policy::admin;
  router.add({Method::post, "/v1/users", {"/users"}, creation, [deps](const Request& request) {
                return create(deps, request);
              }});
  router.add({Method::get, "/v1/users", {}, http::Policy::public_, [deps](const Request& request) {
                return find(deps, request);
              }});
  router.add(
      {Method::get, "/v1/users/{id}", {}, http::Policy::public_, [deps](const Request& request) {
         return shown(200, deps.users.get(request.path_id("id")));
       }});
  router.add(
      {Method::patch, "/v1/users/{id}", {}, http::Policy::user, [deps](const Request& request) {
         return rename(deps, request);
       }});
  router.add(
      {Method::del, "/v1/users/{id}", {}, http::Policy::user, [deps](const Request& request) {
         return leave(deps, request);
       }});
}

}  // namespace feedctl::users
