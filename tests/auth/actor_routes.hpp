#pragma once
// Routes that answer with the id of who acts ("nobody"), and some for editors and admins, in this
// process.
#include <functional>
#include <string>
#include <utility>

#include "auth/credentials.hpp"
#include "auth_fixture.hpp"
#include "http/json_body.hpp"
#include "support/in_process.hpp"

namespace feedctl::test {

using http::Method;
using http::Policy;
using Headers = support::InProcessClient::Headers;

struct ActorRoutes {
  explicit ActorRoutes(auth::Mode mode) : world(mode) {
    add(Method::get, "/read", Policy::public_, [this](const http::Request& request) {
      const auto actor = world.auth.actor(request, auth::actor_in_request(request));
      return actor ? std::to_string(*actor) : std::string("nobody");
    });
    add(Method::get, "/mine", Policy::user, [this](const http::Request& request) {
      return std::to_string(world.auth.require_actor(request, auth::actor_in_request(request)));
    });
    add(Method::post, "/write", Policy::user, [this](const http::Request& request) {
      const auto body = http::JsonBody::parse(request);
      return std::to_string(
          world.auth.require_actor(request, auth::actor_in_request(request, &body)));
    });
    add(Method::post, "/of/{id}", Policy::user, [this](const http::Request& request) {
      const auto body = http::JsonBody::parse(request);
      world.auth.require_owner_or_admin(request, request.path_id("id"),
                                        auth::actor_in_request(request, &body));
      return std::string("self");
    });
    const auto signed_in = [](const http::Request& request) {
      return std::to_string(request.identity.value().user_id);
    };
    add(Method::post, "/edit", Policy::editor, signed_in);
    add(Method::post, "/admin", Policy::admin, signed_in);
  }
  void add(Method method, const std::string& path, Policy policy,
           std::function<std::string(const http::Request&)> say) {
    router.add({.method = method,
                .pattern = path,
                .policy = policy,
                .handler = [say](const http::Request& request) {
                  return http::json_response(200, say(request));
                }});
  }
  // The body of a 200, else the status.
  std::string post(const std::string& target, const std::string& body = "",
                   const Headers& headers = {}) const {
    return response_text(server.post(target, body, headers));
  }
  std::string get(const std::string& target, const Headers& headers = {}) const {
    return response_text(server.get(target, headers));
  }
  static std::string response_text(const http::Response& response) {
    return response.status == 200 ? response.body : std::to_string(response.status);
  }
  Headers token_of(Id user, auth::Scopes scopes) {
    return {{"authorization", "Bearer " + world.auth.issue({user, scopes, std::nullopt,
                                                            std::chrono::seconds{600}})}};
  }
  Headers token_of(Id user) {
    return {{"authorization", "Bearer " + world.auth.issue(user, std::chrono::seconds{600})}};
  }

  AuthFixture world;
  http::Router router;
  support::InProcessClient server{router, world.auth};
  const Id ada = world.add_user("ada"), bob = world.add_user("bob"),
           root = world.add_user("root", "admin");
};

}  // namespace feedctl::test
