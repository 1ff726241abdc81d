#include "posts/moderation_routes.hpp"

#include "audit/request_actor.hpp"
#include "base/display_text.hpp"
#include "base/error.hpp"
#include "http/json_body.hpp"
#include "http/pagination.hpp"

namespace feedctl::posts {

namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t max_search_length = 200;  // code points
constexpr const char* cursor_scope = "admin posts";

Error refuse(const std::string& parameter, const std::string& fault) {
  return Error(ErrorCode::invalid_argument, parameter + ' ' + fault);
}

void append_moderated(json::Writer& writer, const ModeratedPost& moderated) {
  writer.open_object();
  append_members(writer, moderated.post);
  writer.optional_time("hidden_at", moderated.hidden_at);
  writer.optional_text("hidden_reason", moderated.hidden_reason).close_object();
}

Response moderated_response(const ModeratedPost& moderated) {
  std::string body;
  json::Writer writer(body);
  append_moderated(writer, moderated);
  return http::json_response(200, std::move(body));
}

PostSearch::State parse_state(const std::optional<std::string>& text) {
  if (!text) return PostSearch::State::any;
  if (*text == "visible") return PostSearch::State::visible;
  if (*text == "hidden") return PostSearch::State::hidden;
  throw refuse("state", R"(must be "visible" or "hidden")");
}

PostSearch parse_search(const Request& request) {
  PostSearch search;
  search.text = request.filter_param("search").value_or("");
  search.author = request.filter_param("author");
  search.state = parse_state(request.filter_param("state"));
  if (search.text.empty()) return search;
  if (const auto fault = validate_text(search.text, max_search_length))
    throw refuse("search", *fault);
  return search;
}

Response list(const Deps& deps, const Request& request) {
  const http::PageRequest paging(request, deps.cursors, cursor_scope);
  const auto page = deps.posts.search(parse_search(request), paging.before_id(), paging.limit());
  return paging.respond("posts", page.next, [&](json::Writer& writer) {
    writer.open_array();
    for (const auto& post : page.posts) append_moderated(writer, post);
    writer.close_array();
  });
}

// Runs `work` as a command of the moderator.
template <typename Work>
Response run(const Deps& deps, const Request& request, const Work& work) {
  const auto moderator = audit::actor_of(request);
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, moderator.user,
      [&](commands::Command& command) { return work(moderator, command); });
}

Response hide(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto reason = http::JsonBody::parse(request).text("reason");
  return run(deps, request, [&](const audit::Actor& moderator, commands::Command& command) {
    return moderated_response(deps.posts.hide(id, reason, moderator, command));
  });
}

Response unhide(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  return run(deps, request, [&](const audit::Actor& moderator, commands::Command& command) {
    return moderated_response(deps.posts.unhide(id, moderator, command));
  });
}

Response remove(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  return run(deps, request, [&](const audit::Actor& moderator, commands::Command& command) {
    deps.posts.remove(id, moderator, command);
    return http::no_content();
  });
}

}  // namespace

void add_moderation_routes(http::Router& router, const Deps& deps) {
  const auto add = [&](Method method, const char* pattern,
                       Response (*handle)(const Deps&, const Request&)) {
    router.add(
        {.method = method,
         .pattern = pattern,
         .policy = http::Policy::admin,
         .handler = [deps, handle](const Request& request) { return handle(deps, request); }});
  };
  add(Method::get, "/api/v1/admin/posts", list);
  add(Method::post, "/api/v1/admin/posts/{id}/hide", hide);
  add(Method::post, "/api/v1/admin/posts/{id}/unhide", unhide);
  add(Method::del, "/api/v1/admin/posts/{id}", remove);
}

}  // namespace feedctl::posts
