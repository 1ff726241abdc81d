#include "likes/routes.hpp"

#include <charconv>

#include "base/error.hpp"
#include "commands/answer.hpp"
#include "http/page_request.hpp"

namespace feedctl::likes {

namespace {

using http::Body;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;

Response like_response(const Likes::Outcome& outcome) {
  const int status = outcome.created ? 201 : 200;
  if (outcome.deleted) {
    const auto id = outcome.like.id;
    return commands::gone_response(status, id != 0 ? std::optional(id) : std::nullopt);
  }
  std::string body;
  json::Writer writer(body);
  append_json(writer, outcome.like);
  return http::json_response(status, std::move(body));
}

// Who likes which post, or no longer does.
struct Pair {
  Id user, post;
};

Response like(const Deps& deps, const Request& request, Pair pair) {
  return commands::answer(request, {deps.cursors, deps.on_done}, pair.user,
                          [&](commands::Command& command) {
                            return like_response(deps.likes.like(pair.user, pair.post, command));
                          });
}

void begin_like(const Deps& deps, const Request& request, Pair pair, http::Resume resume) {
  auto& likes = deps.likes;
  commands::Later later{
      [&likes, pair](const commands::Command& command, commands::Lane::Done done) {
        likes.submit_like(pair.user, pair.post, command, std::move(done));
      },
      Likes::is_quick_like,
      [&likes, pair](commands::Command& command, const commands::Outcome& outcome) {
        return like_response(likes.finish_like(pair.user, pair.post, command, outcome));
      }};
  commands::answer_later(request, {deps.cursors, deps.on_done, deps.noted}, pair.user,
                         std::move(later), std::move(resume));
}

Response unlike(const Deps& deps, const Request& request, Pair pair) {
  return commands::answer(request, {deps.cursors, deps.on_done}, pair.user,
                          [&](commands::Command& command) {
                            deps.likes.unlike(pair.user, pair.post, command);
                            return http::no_content();
                          });
}

void begin_unlike(const Deps& deps, const Request& request, Pair pair, http::Resume resume) {
  auto& likes = deps.likes;
  commands::Later later{
      [&likes, pair](const commands::Command& command, commands::Lane::Done done) {
        likes.submit_unlike(pair.user, pair.post, command, std::move(done));
      },
      [](const commands::Outcome&) { return true; },
      [&likes, pair](commands::Command& command, const commands::Outcome& outcome) {
        likes.finish_unlike(pair.user, pair.post, command, outcome);
        return http::no_content();
      }};
  commands::answer_later(request, {deps.cursors, deps.on_done, deps.noted}, pair.user,
                         std::move(later), std::move(resume));
}

// {user_id}, where a bad one is 400.
Id user_in_path(const Request& request) {
  const auto& text = *request.param("user_id");
  if (const auto id = parse_id(text)) return *id;
  Id number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool integer = error == std::errc{} && stop == end && std::to_string(number) == text;
  throw Error(ErrorCode::invalid_argument,
              integer ? "user_id must be positive" : "user_id must be an integer");
}

// Whose like the path speaks of. Only they, or an admin, may.
Id owner_in_path(const Deps& deps, const Request& request) {
  const auto owner = user_in_path(request);
  const auto body = Body::parse(request);
  deps.auth.require_self(request, owner, auth::named_actor(request, &body));
  return owner;
}

Id actor_of(const Deps& deps, const Request& request, const Body& body) {
  return deps.auth.require_actor(request, auth::named_actor(request, &body));
}

// As in document 0 the user is looked at first: a bad user_id is 400 on a missing post, too.
Pair own_in_path(const Deps& deps, const Request& request) {
  const auto user = actor_of(deps, request, Body::parse(request));
  return {user, request.path_id("id")};
}

Pair own_in_body(const Deps& deps, const Request& request) {
  const auto body = Body::parse(request);
  const auto user = actor_of(deps, request, body);
  const auto post = body.id("post_id");
  if (!post) {
    throw Error(ErrorCode::invalid_argument, "post_id is required")
        .with_field("/post_id", "post_id is required");
  }
  return {user, *post};
}

Pair both_in_path(const Deps& deps, const Request& request) {
  const auto user = owner_in_path(deps, request);
  return {user, request.path_id("id")};
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
  const http::PageRequest asked(request, deps.cursors, "likes:" + std::to_string(post));
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
  struct Command {
    Response (*answer)(const Deps&, const Request&, Pair);
    void (*begin)(const Deps&, const Request&, Pair, http::Resume);
  };
  const auto add_command = [&](Method method, std::string pattern, std::vector<std::string> aliases,
                               Pair (*pair)(const Deps&, const Request&), Command command) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .aliases = std::move(aliases),
                .policy = Policy::user,
                .handler =
                    [deps, pair, command](const Request& request) {
                      return command.answer(deps, request, pair(deps, request));
                    },
                .begin =
                    [deps, pair, command](const Request& request, http::Resume resume) {
                      command.begin(deps, request, pair(deps, request), std::move(resume));
                    }});
  };
  const Command liking{like, begin_like}, unliking{unlike, begin_unlike};
  add_command(Method::post, "/v1/feed/posts/{id}/likes",
              {"/feed/posts/{id}/likes", "/v1/posts/{id}/likes"}, own_in_path, liking);
  add_command(Method::post, "/v1/likes", {"/likes"}, own_in_body, liking);
  add_command(Method::del, "/v1/posts/{id}/likes",
              {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"}, own_in_path, unliking);
  add(Method::get, "/v1/posts/{id}/likes", {"/v1/feed/posts/{id}/likes", "/feed/posts/{id}/likes"},
      Policy::public_, list);
  const std::string one = "/feed/posts/{id}/likes/{user_id}";
  const std::string one_v1 = "/v1/posts/{id}/likes/{user_id}";
  add_command(Method::del, "/v1" + one, {one, one_v1}, both_in_path, unliking);
  add(Method::get, "/v1" + one + "/status", {one + "/status", one_v1 + "/status"}, Policy::user,
      status);
  add(Method::get, "/v1/feed/posts/{id}/aggregates",
      {"/feed/posts/{id}/aggregates", "/v1/posts/{id}/aggregates"}, Policy::public_, aggregates);
}

}  // namespace feedctl::likes
