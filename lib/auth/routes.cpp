#include "auth/routes.hpp"

#include "auth/signing_keys.hpp"

namespace feedctl::auth {

namespace {

http::Response jwks_response(Auth& auth) {
  auto response = http::json_response(200, auth.jwks_json());
  response.header("Cache-Control", "public, max-age=" + std::to_string(jwks_max_age.count()));
  return response;
}

}  // namespace

void add_routes(http::Router& router, Auth& auth) {
  router.add({.method = http::Method::get,
              .pattern = "/.well-known/jwks.json",
              .policy = http::Policy::public_,
              .handler = [&auth](const http::Request&) { return jwks_response(auth); }});
}

}  // namespace feedctl::auth
