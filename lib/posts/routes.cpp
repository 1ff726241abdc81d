#include "posts/routes.hpp"

#include <algorithm>
#include <functional>

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "commands/command_endpoint.hpp"
#include "http/json_body.hpp"
#include "http/pagination.hpp"
#include "media/media_service.hpp"
#include "posts/moderation_routes.hpp"
#include "posts/new_post_form.hpp"

namespace feedctl::posts {

namespace {

using http::JsonBody;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;

constexpr std::size_t max_ids = 100;

bool is_admin(const Request& request) {
  return request.identity && request.identity->is_admin;
}

Error no_media_store() {
  return Error(ErrorCode::unavailable,
               "this server stores no images: set media.store, or send the post without an image");
}

Response post_response(int status, const Post& post) {
  std::string body;
  json::Writer writer(body);
  append_json(writer, post);
  return http::json_response(status, std::move(body));
}

// Unknown members are ignored.
void refuse_immutable_members(const JsonBody& body) {
  posts::refuse_immutable_members([&](const char* name) { return body.has(name); });
}

using MakePost = std::function<Posts::Creation(std::optional<Id> author, commands::Command&)>;

Response run_creation(const Deps& deps, const Request& request, std::optional<Id> author,
                      const MakePost& make) {
  const auto actor = deps.auth.actor(request, author);
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, actor, [&](commands::Command& command) {
        const auto made = make(actor, command);
        auto response =
            made.post ? post_response(201, *made.post) : commands::deleted_response(201, made.id);
        return response.header("Location", "/v1/posts/" + std::to_string(made.id));
      });
}

Posts::StageImage stage_in(media::MediaService& media, const http::MultipartPart& image,
                           std::optional<Id> uploader) {
  return [&media, &image, uploader](Id post, Deadline deadline) {
    return media.stage(post, image.content, image.content_type, deadline, uploader);
  };
}

Response create_from_form(const Deps& deps, const Request& request) {
  const NewPostForm form(request);
  const auto* image = form.image();
  if (image != nullptr && deps.media == nullptr) throw no_media_store();
  return run_creation(deps, request, form.author(),
                      [&](std::optional<Id> actor, commands::Command& command) {
                        if (image == nullptr) return deps.posts.create(actor, form.text(), command);
                        return deps.posts.create_with_image(
                            actor, form.text(), stage_in(*deps.media, *image, actor), command);
                      });
}

Response create(const Deps& deps, const Request& request) {
  if (http::is_multipart(request)) return create_from_form(deps, request);
  const auto body = JsonBody::parse(request);
  refuse_immutable_members(body);
  const auto text = body.text("text").value_or("");
  return run_creation(deps, request, auth::actor_in_request(request, &body),
                      [&](std::optional<Id> actor, commands::Command& command) {
                        return deps.posts.create(actor, text, command);
                      });
}

Response show(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  return post_response(
      200, deps.posts.get(id, deps.auth.actor(request, auth::actor_in_request(request))));
}

// A post is immutable. An update that would change the text is refused; one that repeats it
// succeeds.
Response update(const Deps& deps, const Request& request) {
  const auto body = JsonBody::parse(request);
  refuse_immutable_members(body);
  const auto id = request.path_id("id");
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, &body));
  return post_response(200, deps.posts.update(id, actor, is_admin(request), body.text("text")));
}

Response remove(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = JsonBody::parse(request);
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, &body));
  return commands::run_command(request, {deps.cursors, deps.on_committed}, actor,
                               [&](commands::Command& command) {
                                 deps.posts.remove(id, actor, is_admin(request), command);
                                 return http::no_content();
                               });
}

// "1,2,3" without duplicates, in the order of the request.
std::vector<Id> parse_ids(const Request& request) {
  const auto* text = request.query_param("ids");
  if (text == nullptr) throw Error(ErrorCode::invalid_argument, "ids is required");
  std::vector<Id> ids;
  std::size_t count = 0;
  for (std::string_view rest = *text;; ++count) {
    const auto comma = rest.find(',');
    const auto id = parse_id(rest.substr(0, comma));
    if (!id) throw Error(ErrorCode::invalid_argument, "ids must be ids separated by commas");
    if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    if (count == max_ids) {
      throw Error(ErrorCode::invalid_argument,
                  "ids cannot have more than " + std::to_string(max_ids) + " items");
    }
    if (comma == std::string_view::npos) return ids;
    rest.remove_prefix(comma + 1);
  }
}

Response show_many(const Deps& deps, const Request& request) {
  const auto ids = parse_ids(request);
  const auto posts =
      load(deps.database, ids, deps.auth.actor(request, auth::actor_in_request(request)));
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("posts");
  append_array(writer, posts);
  writer.null("next_cursor").close_object();
  return http::json_response(200, std::move(body));
}

Response list_of_author(const Deps& deps, const Request& request) {
  const auto author = request.path_id("id");
  const http::PageRequest paging(request, deps.cursors, "posts:" + std::to_string(author));
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request));
  const auto page = deps.posts.of_author(author, paging.before_id(), paging.limit(), actor);
  return paging.respond("posts", page.next, [&](auto& out) { append_array(out, page.posts); });
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](Method method, std::string pattern, std::vector<std::string> aliases,
                       Policy policy, Response (*handle)(const Deps&, const Request&),
                       std::size_t max_body = 0) {
    http::Route route{.method = method, .pattern = std::move(pattern), .policy = policy};
    route.aliases = std::move(aliases);
    route.handler = [deps, handle](const Request& request) { return handle(deps, request); };
    route.max_body = max_body;
    router.add(std::move(route));
  };
  add(Method::post, "/v1/feed/posts", {"/posts", "/v1/posts", "/feed/posts"}, Policy::user, create,
      deps.max_form_bytes);
  add(Method::get, "/v1/feed/posts/{id}", {"/feed/posts/{id}", "/v1/posts/{id}"}, Policy::public_,
      show);
  for (const auto method : {Method::put, Method::patch}) {
    add(method, "/v1/feed/posts/{id}/update", {"/feed/posts/{id}/update", "/v1/posts/{id}/update"},
        Policy::user, update);
  }
  add(Method::del, "/v1/feed/posts/{id}/delete",
      {"/feed/posts/{id}/delete", "/v1/posts/{id}/delete", "/v1/posts/{id}"}, Policy::user, remove);
  add(Method::get, "/v1/posts", {}, Policy::public_, show_many);
  add(Method::get, "/v1/users/{id}/posts", {"/users/{id}/posts"}, Policy::public_, list_of_author);
  add_moderation_routes(router, deps);
}

}  // namespace feedctl::posts
