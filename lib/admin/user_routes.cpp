#include "admin/user_routes.hpp"

#include "accounts/responses.hpp"
#include "admin/admin_route.hpp"
#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "http/json_body.hpp"
#include "http/pagination.hpp"
#include "media/media.hpp"

namespace feedctl::admin {

namespace {

using http::Request;
using http::Response;
using users::Account;

void append_members(json::Writer& writer, const Account& account) {
  const auto& user = account.user;
  writer.integer("id", user.id).text("handle", user.handle).text("name", user.name);
  media::append_avatar(writer, "avatar", user.avatar);
  writer.text("role", users::to_string(user.role));
  writer.integer("followers", user.followers).integer("following", user.following);
  writer.text("created_at", rfc3339(user.created_at));
  writer.optional_time("suspended_at", account.suspended_at);
  writer.optional_text("suspended_reason", account.suspended_reason);
  writer.optional_time("last_seen_at", account.last_seen_at);
}

Response account_response(const Account& account) {
  std::string body;
  json::Writer writer(body);
  append_members(writer.open_object(), account);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

std::optional<bool> parse_state(const std::optional<std::string>& state) {
  if (!state) return std::nullopt;
  if (*state == "suspended") return true;
  if (*state == "active") return false;
  throw Error(ErrorCode::invalid_argument, "state must be active or suspended");
}

// A cursor belongs to one filter.
std::string scope_of(const users::Users::AccountFilter& filter) {
  const auto state = filter.is_suspended ? (*filter.is_suspended ? "suspended" : "active") : "";
  return "admin-users:" + std::string(filter.role ? users::to_string(*filter.role) : "") + ":" +
         state + ":" + filter.search;
}

Response list_users(const Deps& deps, const Request& request) {
  users::Users::AccountFilter filter;
  filter.search = request.filter_param("search").value_or("");
  if (const auto role = request.filter_param("role")) filter.role = users::parse_role(*role);
  filter.is_suspended = parse_state(request.filter_param("state"));
  const http::PageRequest page(request, deps.cursors, scope_of(filter));
  const auto found = deps.users.find_accounts(filter, page.before_id(), page.limit());
  return page.respond("users", found.next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& account : found.accounts) {
      append_members(writer.open_object(), account);
      writer.close_object();
    }
    writer.close_array();
  });
}

Response show_user(const Deps& deps, const Request& request) {
  const auto account = deps.users.get_account(request.path_id("id"));
  std::string body;
  json::Writer writer(body);
  append_members(writer.open_object(), account);
  accounts::append_sessions(writer.key("sessions"), deps.accounts.sessions().list(account.user.id),
                            request.identity->session_id);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

users::Role required_role(const Request& request) {
  if (const auto role = http::JsonBody::parse(request).text("role"))
    return users::parse_role(*role);
  throw Error(ErrorCode::invalid_argument, R"(role is required: send {"role": "editor"})")
      .with_field("/role", "role is required");
}

Response change_role(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto role = required_role(request);
  const auto admin = request.identity->user_id;
  if (admin == id) {
    throw Error(
        ErrorCode::invalid_argument,
        "an admin cannot change their own role: another admin can, or feedctl users promote")
        .with_field("/role", "an admin cannot change their own role");
  }
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, admin, [&](commands::Command& command) {
        const auto change = deps.users.change_role(id, role, {true, deps.max_token_ttl}, command,
                                                   audit::actor_of(request));
        if (change.token_version)
          deps.auth.apply(auth::revocation_of_user(id, *change.token_version, deps.max_token_ttl));
        return account_response(deps.users.get_account(id));
      });
}

Response end_sessions(const Deps& deps, const Request& request) {
  const auto id = deps.users.get_account(request.path_id("id")).user.id;
  const auto ended = deps.users.end_sign_ins(id, deps.max_token_ttl, audit::actor_of(request));
  deps.auth.apply(auth::revocation_of_user(id, ended.token_version, deps.max_token_ttl));
  return http::no_content();
}

Response end_session(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto* session = request.path_param("session");
  if (session == nullptr || !parse_uuid(*session) ||
      !deps.accounts.sessions().end(id, *session, audit::actor_of(request))) {
    throw Error(ErrorCode::not_found, "the user has no such session: GET /api/v1/admin/users/" +
                                          std::to_string(id) + " lists those there are");
  }
  return http::no_content();
}

}  // namespace

void add_user_routes(http::Router& router, const Deps& deps) {
  using http::Method;
  add_admin_route(router, deps, Method::get, "users", list_users);
  add_admin_route(router, deps, Method::get, "users/{id}", show_user);
  add_admin_route(router, deps, Method::patch, "users/{id}", change_role);
  add_admin_route(router, deps, Method::del, "users/{id}/sessions", end_sessions);
  add_admin_route(router, deps, Method::del, "users/{id}/sessions/{session}", end_session);
}

}  // namespace feedctl::admin
