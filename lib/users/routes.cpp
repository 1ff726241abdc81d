#include "users/routes.hpp"

#include "audit/request_actor.hpp"
#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "commands/command_endpoint.hpp"
#include "http/json_body.hpp"
#include "users/suspension_routes.hpp"

namespace feedctl::users {

namespace {

using http::Method;
using http::Request;
using http::Response;

Response user_response(int status, const User& user) {
  std::string body;
  json::Writer writer(body);
  append_json(writer, user);
  return http::json_response(status, std::move(body));
}

Response user_response(int status, const Users::UserResult& outcome) {
  if (outcome.user) return user_response(status, *outcome.user);
  return commands::deleted_response(status, outcome.id);
}

// The user that an Idempotency-Key belongs to; without a key the actor is not checked.
std::optional<Id> key_owner(const Deps& deps, const Request& request, const http::JsonBody& body) {
  if (request.header("idempotency-key") == nullptr) return std::nullopt;
  return deps.auth.actor(request, auth::actor_in_request(request, &body));
}

// The administrator whose action goes to the audit log; nobody on the own account, or without a
// token.
std::optional<audit::Actor> admin_of(const Request& request, std::optional<Id> account = {}) {
  if (!request.identity || !request.identity->is_admin) return std::nullopt;
  if (account == request.identity->user_id) return std::nullopt;
  return audit::actor_of(request);
}

Response create(const Deps& deps, const Request& request) {
  const auto body = http::JsonBody::parse(request);
  const NewUser wanted{body.required_text("handle"), body.text("name").value_or("")};
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, key_owner(deps, request, body),
      [&](auto& command) {
        const auto made = deps.users.create(wanted, command, admin_of(request));
        return user_response(201, made).header("Location", "/v1/users/" + std::to_string(made.id));
      });
}

Response find(const Deps& deps, const Request& request) {
  const auto* handle = request.query_param("handle");
  if (handle == nullptr) {
    throw Error(ErrorCode::invalid_argument, "handle is required: GET /v1/users?handle=<handle>");
  }
  return user_response(200, deps.users.get(*handle));
}

Response change_profile(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = http::JsonBody::parse(request);
  const auto named = auth::actor_in_request(request, &body);
  const auto actor = deps.auth.require_owner_or_admin(request, id, named);
  const ProfileChange wanted{body.text("name"), body.text("handle")};
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, actor, [&](commands::Command& command) {
        return user_response(200, deps.users.change(id, wanted, command, admin_of(request, id)));
      });
}

// The account is deleted at once; background jobs delete its rows.
Response delete_user(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = http::JsonBody::parse(request);
  const auto named = auth::actor_in_request(request, &body);
  const auto actor = deps.auth.require_owner_or_admin(request, id, named);
  const bool by_admin = request.identity && request.identity->is_admin;
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, actor, [&](commands::Command& command) {
        deps.users.delete_account(id, command, by_admin, admin_of(request, id));
        return commands::deleted_response(202, id);
      });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  // If users sign in, signing in creates the account, or an admin does.
  const auto creation =
      deps.auth.mode() == auth::Mode::open ? http::Policy::public_ : http::Policy::admin;
  router.add({.method = Method::post,
              .pattern = "/v1/users",
              .aliases = {"/users"},
              .policy = creation,
              .handler = [deps](const Request& request) { return create(deps, request); }});
  router.add({.method = Method::get,
              .pattern = "/v1/users",
              .policy = http::Policy::public_,
              .handler = [deps](const Request& request) { return find(deps, request); }});
  router.add({.method = Method::get,
              .pattern = "/v1/users/{id}",
              .policy = http::Policy::public_,
              .handler = [deps](const Request& request) {
                return user_response(200, deps.users.get(request.path_id("id")));
              }});
  router.add({.method = Method::patch,
              .pattern = "/v1/users/{id}",
              .policy = http::Policy::user,
              .handler = [deps](const Request& request) { return change_profile(deps, request); }});
  router.add({.method = Method::del,
              .pattern = "/v1/users/{id}",
              .policy = http::Policy::user,
              .handler = [deps](const Request& request) { return delete_user(deps, request); }});
  add_suspension_routes(router, deps);
}

}  // namespace feedctl::users
