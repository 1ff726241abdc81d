#include "follows/routes.hpp"

#include "commands/answer.hpp"
#include "http/page_request.hpp"

namespace feedctl::follows {

namespace {

using http::Method;
using http::Request;
using http::Response;

using Change = bool (Follows::*)(Id, Id, commands::Command&);

// The path names the followee, never the actor.
Response change(const Deps& deps, const Request& request, Change change, bool following) {
  const auto followee = request.path_id("id");
  const auto body = http::Body::parse(request);
  const auto follower = deps.auth.require_actor(request, auth::named_actor(request, &body));
  return commands::answer(
      request, {deps.cursors, deps.on_done}, follower, [&](commands::Command& command) {
        (deps.follows.*change)(follower, followee, command);
        std::string text;
        json::Writer writer(text);
        writer.open_object().integer("user_id", followee).boolean("following", following);
        writer.close_object();
        return http::json_response(200, std::move(text));
      });
}

struct List {
  const char* name;  // last segment of its path, and the kind of its cursors
  Page (Follows::*page)(Id, Id, int);
};

Response list(const Deps& deps, const Request& request, const List& list) {
  const auto user = request.path_id("id");
  const http::PageRequest asked(request, deps.cursors,
                                std::string(list.name) + ':' + std::to_string(user));
  const auto page = (deps.follows.*list.page)(user, asked.before(), asked.limit());
  return asked.answer("users", page.next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& item : page.users) users::append_json(writer, item);
    writer.close_array();
  });
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
