#include "likes/routes.hpp"

#include "base/error.hpp"
#include "posts/requests.hpp"

namespace feedctl::likes {

namespace {

using http::Body;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;

Response like_response(const Likes::Outcome& outcome) {
  std::string body;
  json::Writer writer(body);
  append_json(writer, outcome.like);
  return http::json_response(outcome.created ? 201 : 200, std::move(body));
}

// Whose like the path speaks of: it names its actor, where nothing else does. A token, body, query
// or X-User-Id that names somebody else may not act on it (an admin's token may).
Id owner_in_path(const Deps& deps, const Request& request) {
  const auto owner = posts::user_id_of("user_id", *request.param("user_id"));
  const auto named = posts::named_actor(request, Body::parse(request));
  const auto actor = deps.auth.actor(request, named);
  if (request.identity && !named) return deps.auth.require_actor(request, owner);
  if (actor && *actor != owner) {
    throw Error(ErrorCode::permission_denied, "user_id must be the acting user's");
  }
  return owner;
}

// As in document 0 the user is looked at first: a bad user_id is 400 on a missing post, too.
Response like_in_path(const Deps& deps, const Request& request) {
  const auto named = posts::named_actor(request, Body::parse(request));
  const auto user = deps.auth.require_actor(request, named);
  return like_response(deps.likes.like(user, request.path_id("id")));
}

Response like_in_body(const Deps& deps, const Request& request) {
  const auto body = Body::parse(request);
  const auto user = deps.auth.require_actor(request, posts::named_actor(request, body));
  const auto post = body.id("post_id");
  if (!post) {
    throw Error(ErrorCode::invalid_argument, "post_id is required")
        .with_field("/post_id", "post_id is required");
  }
  return like_response(deps.likes.like(user, *post));
}

Response unlike_in_path(const Deps& deps, const Request& request) {
  const auto user = owner_in_path(deps, request);
  deps.likes.unlike(user, request.path_id("id"));
  return http::no_content();
}

Response unlike_own(const Deps& deps, const Request& request) {
  const auto named = posts::named_actor(request, Body::parse(request));
  const auto user = deps.auth.require_actor(request, named);
  deps.likes.unlike(user, request.path_id("id"));
  return http::no_content();
}

Response status(const Deps& deps, const Request& request) {
  const auto user = owner_in_path(deps, request);
  const auto like = deps.likes.find(user, request.path_id("id"));
  std::string body;
  json::Writer writer(body);
  writer.open_object().boolean("liked", like.has_value());
  if (like) append_json(writer.key("like"), *like);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

Response aggregates(const Deps& deps, const Request& request) {
  const auto sums = deps.likes.aggregates(request.path_id("id"));
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("post_id", sums.post_id).integer("total_likes", sums.total_likes);
  writer.integer("score_24h", sums.score_24h).text("created_at", rfc3339(sums.created_at));
  writer.close_object();
  return http::json_response(200, std::move(body));
}

Response list(const Deps& deps, const Request& request) {
  const auto post = request.path_id("id");
  const posts::PageRequest asked(request, deps.cursors, "likes:" + std::to_string(post));
  const auto page = deps.likes.of_post(post, asked.before(), asked.limit());
  return asked.answer("likes", page.next, [&](auto& out) {
    out.open_array();
    for (const auto& like : page.likes) append_json(out, like);
    out.close_array();
  });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](Method method, std::string pattern, std::vector<std::string> aliases,
                       Policy policy, Response (*handle)(const Deps&, const Request&)) {
    router.add({method, std::move(pattern), std::move(aliases), policy,
                [deps, handle](const Request& request) { return handle(deps, request); }});
  };
  add(Method::post, "/v1/feed/posts/{id}/likes", {"/feed/posts/{id}/likes", "/v1/posts/{id}/likes"},
      Policy::user, like_in_path);
  add(Method::post, "/v1/likes", {"/likes"}, Policy::user, like_in_body);
  add(Method::del, "/v1/posts/{id}/likes", {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"},
      Policy::user, unlike_own);
  add(Method::get, "/v1/posts/{id}/likes", {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"},
      Policy::public_, list);
  const std::string one = "/feed/posts/{id}/likes/{user_id}";
  const std::string one_v1 = "/v1/posts/{id}/likes/{user_id}";
  add(Method::del, "/v1" + one, {one, one_v1}, Policy::user, unlike_in_path);
  add(Method::get, "/v1" + one + "/status", {one + "/status", one_v1 + "/status"}, Policy::user,
      status);
  add(Method::get, "/v1/feed/posts/{id}/aggregates",
      {"/feed/posts/{id}/aggregates", "/v1/posts/{id}/aggregates"}, Policy::public_, aggregates);
}

}  // namespace feedctl::likes
