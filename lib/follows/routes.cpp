#include "follows/routes.hpp"

#include "commands/answer.hpp"
#include "http/page_request.hpp"

namespace feedctl::follows {

namespace {

using http::Method;
using http::Request;
using http::Response;

// The path names the followee, never the actor.
struct Pair {
  Id follower, followee;
};

Pair pair_in(const Deps& deps, const Request& request) {
  const auto followee = request.path_id("id");
  const auto body = http::Body::parse(request);
  return {deps.auth.require_actor(request, auth::named_actor(request, &body)), followee};
}

Response changed(Id followee, Change change) {
  std::string text;
  json::Writer writer(text);
  writer.open_object().integer("user_id", followee);
  writer.boolean("following", change == Change::follow).close_object();
  return http::json_response(200, std::move(text));
}

Response answer(const Deps& deps, const Request& request, Change change) {
  const auto pair = pair_in(deps, request);
  return commands::answer(request, {deps.cursors, deps.on_done}, pair.follower,
                          [&](commands::Command& command) {
                            if (change == Change::follow)
                              deps.follows.follow(pair.follower, pair.followee, command);
                            else
                              deps.follows.unfollow(pair.follower, pair.followee, command);
                            return changed(pair.followee, change);
                          });
}

void begin(const Deps& deps, const Request& request, Change change, http::Resume resume) {
  const auto pair = pair_in(deps, request);
  auto& follows = deps.follows;
  commands::Later later{
      [&follows, pair, change](const commands::Command& command, commands::Lane::Done done) {
        follows.submit(change, pair.follower, pair.followee, command, std::move(done));
      },
      [&follows](const commands::Outcome& outcome) { return follows.is_quick(outcome); },
      [&follows, pair, change](commands::Command& command, const commands::Outcome& outcome) {
        follows.finish(pair.follower, pair.followee, command, outcome);
        return changed(pair.followee, change);
      }};
  commands::answer_later(request, {deps.cursors, deps.on_done, deps.noted}, pair.follower,
                         std::move(later), std::move(resume));
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
  const auto add = [&](const std::string& verb, Change change) {
    router.add({.method = Method::post,
                .pattern = "/v1/users/{id}/" + verb,
                .aliases = {"/users/{id}/" + verb},
                .policy = http::Policy::user,
                .handler = [deps, change](
                               const Request& request) { return answer(deps, request, change); },
                .begin =
                    [deps, change](const Request& request, http::Resume resume) {
                      begin(deps, request, change, std::move(resume));
                    }});
  };
  add("follow", Change::follow);
  add("unfollow", Change::unfollow);
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
