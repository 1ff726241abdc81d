#include "follows/routes.hpp"

#include "auth/credentials.hpp"
#include "commands/command_endpoint.hpp"
#include "http/json_body.hpp"
#include "http/pagination.hpp"

namespace feedctl::follows {

namespace {

using http::Method;
using http::Request;
using http::Response;

// The path names the followee, never the actor.
struct Pair {
  Id follower, followee;
};

Pair parse_pair(const Deps& deps, const Request& request) {
  const auto followee = request.path_id("id");
  const auto body = http::JsonBody::parse(request);
  return {deps.auth.require_actor(request, auth::actor_in_request(request, &body)), followee};
}

Response change_response(Id followee, Change change) {
  std::string text;
  json::Writer writer(text);
  writer.open_object().integer("user_id", followee);
  writer.boolean("following", change == Change::follow).close_object();
  return http::json_response(200, std::move(text));
}

void change_follow(const Deps& deps, const Request& request, Change change,
                   http::CompletionCallback resume) {
  const auto pair = parse_pair(deps, request);
  auto& follows = deps.follows;
  commands::AsyncCommand async{
      [&follows, pair, change](const commands::Command& command,
                               commands::CommandBatcher::OnOutcome done) {
        follows.submit(change, pair.follower, pair.followee, command, std::move(done));
      },
      [&follows](const commands::Outcome& outcome) {
        return follows.is_finish_non_blocking(outcome);
      },
      [&follows, pair, change](commands::Command& command, const commands::Outcome& outcome) {
        follows.finish(pair.follower, pair.followee, command, outcome);
        return change_response(pair.followee, change);
      }};
  commands::run_command_async(request, {deps.cursors, deps.on_committed}, pair.follower,
                              std::move(async), std::move(resume));
}

struct ListRoute {
  const char* name;  // last segment of its path, and the route of its cursors
  Page (Follows::*page)(Id, Id, int);
};

Response list(const Deps& deps, const Request& request, const ListRoute& route) {
  const auto user = request.path_id("id");
  const http::PageRequest paging(request, deps.cursors,
                                 std::string(route.name) + ':' + std::to_string(user));
  const auto page = (deps.follows.*route.page)(user, paging.before_id(), paging.limit());
  return paging.respond("users", page.next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& item : page.users) users::append_json(writer, item);
    writer.close_array();
  });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](const std::string& verb, Change change) {
    router.add(
        {.method = Method::post,
         .pattern = "/v1/users/{id}/" + verb,
         .aliases = {"/users/{id}/" + verb},
         .policy = http::Policy::user,
         .async_handler = [deps, change](const Request& request, http::CompletionCallback resume) {
           change_follow(deps, request, change, std::move(resume));
         }});
  };
  add("follow", Change::follow);
  add("unfollow", Change::unfollow);
  for (const auto& route :
       {ListRoute{"followers", &Follows::followers}, ListRoute{"following", &Follows::following}}) {
    router.add(
        {.method = Method::get,
         .pattern = std::string("/v1/users/{id}/") + route.name,
         .policy = http::Policy::public_,
         .handler = [deps, route](const Request& request) { return list(deps, request, route); }});
  }
}

}  // namespace feedctl::follows
