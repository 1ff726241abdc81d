#include "users/routes.hpp"

#include "base/error.hpp"

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

Response create(const Deps& deps, const Request& request) {
  const auto body = http::Body::parse(request);
  const auto handle = body.text("handle");
  if (!handle) {
    throw Error(ErrorCode::invalid_argument, "handle is required")
        .with_field("/handle", "handle is required");
  }
  const auto user = deps.users.create({*handle, body.text("name").value_or("")});
  auto response = shown(201, user);
  response.header("Location", "/v1/users/" + std::to_string(user.id));
  return response;
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
  deps.auth.require_self(request, id, auth::named_actor(request, &body));
  const auto name = body.text("name");
  return shown(200, name ? deps.users.set_name(id, *name) : deps.users.get(id));
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
}

}  // namespace feedctl::users
