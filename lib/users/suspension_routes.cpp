#include "users/suspension_routes.hpp"

#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "commands/command_endpoint.hpp"
#include "http/json_body.hpp"

namespace feedctl::users {

namespace {

using http::Request;
using http::Response;

void append_account(json::Writer& writer, const Account& account) {
  writer.open_object().key("user");
  append_json(writer, account.user);
  writer.optional_time("suspended_at", account.suspended_at);
  writer.optional_text("suspended_reason", account.suspended_reason).close_object();
}

// The server refuses the tokens at once; the others read their revocation.
Response conclude(const Deps& deps, const Users::StateChange& change) {
  if (change.token_version) {
    deps.auth.apply(auth::revocation_of_user(change.account.user.id, *change.token_version,
                                             deps.max_token_ttl));
  }
  if (change.changed && deps.on_visibility_change) deps.on_visibility_change();
  std::string body;
  json::Writer writer(body);
  append_account(writer, change.account);
  return http::json_response(200, std::move(body));
}

Response suspend(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto reason = http::JsonBody::parse(request).text("reason");
  const auto admin = request.identity->user_id;
  if (admin == id)
    throw Error(ErrorCode::invalid_argument, "an admin cannot suspend their own account")
        .with_hint("another admin, or feedctl users suspend, can");
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, admin, [&](commands::Command& command) {
        return conclude(deps, deps.users.suspend(id, reason, deps.max_token_ttl, command,
                                                 audit::actor_of(request)));
      });
}

Response reinstate(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, request.identity->user_id,
      [&](commands::Command& command) {
        return conclude(deps, deps.users.reinstate(id, command, audit::actor_of(request)));
      });
}

}  // namespace

void add_suspension_routes(http::Router& router, const Deps& deps) {
  const auto add = [&](const char* verb, Response (*handle)(const Deps&, const Request&)) {
    router.add(
        {.method = http::Method::post,
         .pattern = std::string("/v1/users/{id}/") + verb,
         .policy = http::Policy::admin,
         .handler = [deps, handle](const Request& request) { return handle(deps, request); }});
  };
  add("suspend", suspend);
  add("reinstate", reinstate);
}

}  // namespace feedctl::users
