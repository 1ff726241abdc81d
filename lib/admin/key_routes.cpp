#include "admin/key_routes.hpp"

#include "admin/admin_route.hpp"
#include "admin/key_rotation.hpp"
#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "base/json_pointer.hpp"
#include "http/json_body.hpp"

namespace feedctl::admin {

namespace {

using http::Request;
using http::Response;

std::string_view state_of(const auth::SigningKey& key) {
  return key.state == auth::KeyState::verify_only ? "verifying" : auth::to_string(key.state);
}

Response keys_response(const Deps& deps, bool can_rotate) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("keys").open_array();
  for (const auto& key : auth::list_signing_keys(deps.database)) {
    writer.open_object().text("kid", key.kid).text("state", state_of(key));
    writer.text("created_at", rfc3339(key.created_at));
    writer.text("signs_from", rfc3339(key.sign_from));
    writer.optional_time("verifies_until", key.verify_until);
    writer.close_object();
  }
  writer.close_array().boolean("can_rotate", can_rotate).close_object();
  return http::json_response(200, std::move(body));
}

Response list_keys(const Deps& deps, const Request&) {
  return keys_response(deps, auth::can_rotate_signing_keys(deps.database));
}

void refuse_unknown_members(const json::Object& body) {
  Error error(ErrorCode::invalid_argument, "at_once is the only member that the request can have");
  for (const auto& [name, value] : body) {
    if (name != "at_once")
      std::move(error).with_field(json_pointer(name), "there is no such member");
  }
  if (!error.fields().empty()) throw error;
}

bool is_at_once(const Request& request) {
  const auto body = http::JsonBody::parse(request);
  refuse_unknown_members(*body.value().object());
  const auto* member = body.value().find("at_once");
  if (member == nullptr || member->is_null()) return false;
  if (const auto* flag = member->boolean()) return *flag;
  throw Error(ErrorCode::invalid_argument, "at_once must be true or false")
      .with_field("/at_once", "at_once must be true or false");
}

Response rotate(const Deps& deps, const Request& request) {
  const bool at_once = is_at_once(request);
  if (!auth::can_rotate_signing_keys(deps.database)) {
    throw Error(ErrorCode::permission_denied,
                "the server's database role may not change keys: run feedctl keys rotate with "
                "FEEDCTL_DATABASE_OWNER_URL set");
  }
  rotate_key(deps.database, {deps.token_ttl, deps.max_token_ttl, at_once},
             audit::actor_of(request));
  deps.auth.refresh();
  return keys_response(deps, true);
}

}  // namespace

void add_key_routes(http::Router& router, const Deps& deps) {
  add_admin_route(router, deps, http::Method::get, "keys", list_keys);
  add_admin_route(router, deps, http::Method::post, "keys/rotate", rotate);
}

}  // namespace feedctl::admin
