#include "likes/routes.hpp"

#include <charconv>

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "commands/command_endpoint.hpp"
#include "http/json_body.hpp"
#include "http/pagination.hpp"

namespace feedctl::likes {

namespace {

using http::JsonBody;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;

Response like_response(const Likes::LikeResult& outcome) {
  const int status = outcome.created ? 201 : 200;
  if (outcome.deleted) {
    const auto id = outcome.like.id;
    return commands::deleted_response(status, id != 0 ? std::optional(id) : std::nullopt);
  }
  std::string body;
  json::Writer writer(body);
  append_json(writer, outcome.like);
  return http::json_response(status, std::move(body));
}

// The user who likes or unlikes, and the post.
struct UserAndPost {
  Id user, post;
};

using CommandHandler = void (*)(const Deps&, const Request&, UserAndPost, http::CompletionCallback);

void like(const Deps& deps, const Request& request, UserAndPost pair,
          http::CompletionCallback resume) {
  auto& likes = deps.likes;
  commands::AsyncCommand async{
      [&likes, pair](const commands::Command& command, commands::CommandBatcher::OnOutcome done) {
        likes.submit_like(pair.user, pair.post, command, std::move(done));
      },
      Likes::is_finish_like_non_blocking,
      [&likes, pair](commands::Command& command, const commands::Outcome& outcome) {
        return like_response(likes.finish_like(pair.user, pair.post, command, outcome));
      }};
  commands::run_command_async(request, {deps.cursors, deps.on_committed}, pair.user,
                              std::move(async), std::move(resume));
}

void unlike(const Deps& deps, const Request& request, UserAndPost pair,
            http::CompletionCallback resume) {
  auto& likes = deps.likes;
  commands::AsyncCommand async{
      [&likes, pair](const commands::Command& command, commands::CommandBatcher::OnOutcome done) {
        likes.submit_unlike(pair.user, pair.post, command, std::move(done));
      },
      [](const commands::Outcome&) { return true; },
      [&likes, pair](commands::Command& command, const commands::Outcome& outcome) {
        likes.finish_unlike(pair.user, pair.post, command, outcome);
        return http::no_content();
      }};
  commands::run_command_async(request, {deps.cursors, deps.on_committed}, pair.user,
                              std::move(async), std::move(resume));
}

// {user_id}; an invalid one is 400.
Id parse_path_user(const Request& request) {
  const auto& text = *request.path_param("user_id");
  if (const auto id = parse_id(text)) return *id;
  Id number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool integer = error == std::errc{} && stop == end && std::to_string(number) == text;
  throw Error(ErrorCode::invalid_argument,
              integer ? "user_id must be positive" : "user_id must be an integer");
}

// The user in the path. The actor must be this user or an admin.
Id require_path_owner(const Deps& deps, const Request& request) {
  const auto owner = parse_path_user(request);
  const auto body = JsonBody::parse(request);
  deps.auth.require_owner_or_admin(request, owner, auth::actor_in_request(request, &body));
  return owner;
}

Id actor_of(const Deps& deps, const Request& request, const JsonBody& body) {
  return deps.auth.require_actor(request, auth::actor_in_request(request, &body));
}

// The user is checked first: an invalid user_id is 400, even if the post is missing.
UserAndPost actor_and_path_post(const Deps& deps, const Request& request) {
  const auto user = actor_of(deps, request, JsonBody::parse(request));
  return {user, request.path_id("id")};
}

UserAndPost actor_and_body_post(const Deps& deps, const Request& request) {
  const auto body = JsonBody::parse(request);
  const auto user = actor_of(deps, request, body);
  const auto post = body.id("post_id");
  if (!post) {
    throw Error(ErrorCode::invalid_argument, "post_id is required")
        .with_field("/post_id", "post_id is required");
  }
  return {user, *post};
}

UserAndPost path_user_and_post(const Deps& deps, const Request& request) {
  const auto user = require_path_owner(deps, request);
  return {user, request.path_id("id")};
}

Response status(const Deps& deps, const Request& request) {
  const auto user = require_path_owner(deps, request);
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
  const http::PageRequest paging(request, deps.cursors, "likes:" + std::to_string(post));
  const auto page = deps.likes.of_post(post, paging.before_id(), paging.limit());
  return paging.respond("likes", page.next, [&](auto& out) {
    out.open_array();
    for (const auto& like : page.likes) append_json(out, like);
    out.close_array();
  });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](Method method, std::string pattern, std::vector<std::string> aliases,
                       Policy policy, Response (*handle)(const Deps&, const Request&)) {
    router.add(
        {.method = method,
         .pattern = std::move(pattern),
         .aliases = std::move(aliases),
         .policy = policy,
         .handler = [deps, handle](const Request& request) { return handle(deps, request); }});
  };
  const auto add_command = [&](Method method, std::string pattern, std::vector<std::string> aliases,
                               UserAndPost (*pair)(const Deps&, const Request&),
                               CommandHandler handle) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .aliases = std::move(aliases),
                .policy = Policy::user,
                .async_handler = [deps, pair, handle](const Request& request,
                                                      http::CompletionCallback resume) {
                  handle(deps, request, pair(deps, request), std::move(resume));
                }});
  };
  add_command(Method::post, "/v1/feed/posts/{id}/likes",
              {"/feed/posts/{id}/likes", "/v1/posts/{id}/likes"}, actor_and_path_post, like);
  add_command(Method::post, "/v1/likes", {"/likes"}, actor_and_body_post, like);
  add_command(Method::del, "/v1/posts/{id}/likes",
              {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"}, actor_and_path_post, unlike);
  add(Method::get, "/v1/posts/{id}/likes", {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"},
      Policy::public_, list);
  const std::string one = "/feed/posts/{id}/likes/{user_id}";
  const std::string one_v1 = "/v1/posts/{id}/likes/{user_id}";
  add_command(Method::del, "/v1" + one, {one, one_v1}, path_user_and_post, unlike);
  add(Method::get, "/v1" + one + "/status", {one + "/status", one_v1 + "/status"}, Policy::user,
      status);
  add(Method::get, "/v1/feed/posts/{id}/aggregates",
      {"/feed/posts/{id}/aggregates", "/v1/posts/{id}/aggregates"}, Policy::public_, aggregates);
}

}  // namespace feedctl::likes
