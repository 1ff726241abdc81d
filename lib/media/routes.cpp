#include "media/routes.hpp"

#include <string>
#include <utility>
#include <vector>

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/json_body.hpp"
#include "http/multipart.hpp"
#include "media/image_response.hpp"
#include "media/presigned_routes.hpp"
#include "media/request_media.hpp"

namespace feedctl::media {

namespace {

using http::Method;
using http::Policy;
using http::Request;
using http::Response;

// Runs `work` as a command of the actor.
template <typename Work>
Response run(const Deps& deps, const Request& request, std::optional<Id> actor, const Work& work) {
  return commands::run_command(request, {deps.cursors, deps.on_committed}, actor, work);
}

// ---- uploads and removals

Response upload_post_image(const Deps& deps, const Request& request) {
  deps.media.require_uploads();
  const auto post = request.path_id("id");
  const auto form = http::MultipartForm::parse(request);
  const auto& part = image_part(form);
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, form));
  return run(deps, request, actor, [&](commands::Command& command) {
    return stored_response(Kind::post_image, deps.media.upload_post_image(
                                                 post, actor, is_admin(request), part.content,
                                                 part.content_type, command, admin_of(request)));
  });
}

Response upload_avatar(const Deps& deps, const Request& request) {
  deps.media.require_uploads();
  const auto user = request.path_id("id");
  const auto form = http::MultipartForm::parse(request);
  const auto& part = image_part(form);
  const auto named = auth::actor_in_request(request, form);
  const auto actor = deps.auth.require_owner_or_admin(request, user, named);
  return run(deps, request, actor, [&](commands::Command& command) {
    return stored_response(Kind::avatar,
                           deps.media.upload_avatar(user, actor, is_admin(request), part.content,
                                                    part.content_type, command, admin_of(request)));
  });
}

Response remove_post_image(const Deps& deps, const Request& request) {
  const auto post = request.path_id("id");
  const auto body = http::JsonBody::parse(request);
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, &body));
  return run(deps, request, actor, [&](commands::Command& command) {
    deps.media.remove_post_image(post, actor, is_admin(request), command, admin_of(request));
    return http::no_content();
  });
}

Response remove_avatar(const Deps& deps, const Request& request) {
  const auto user = request.path_id("id");
  const auto body = http::JsonBody::parse(request);
  const auto named = auth::actor_in_request(request, &body);
  const auto actor = deps.auth.require_owner_or_admin(request, user, named);
  return run(deps, request, actor, [&](commands::Command& command) {
    deps.media.remove_avatar(user, actor, is_admin(request), command, admin_of(request));
    return http::no_content();
  });
}

// ---- what there is

Response describe(const Deps& deps, const Request& request, Kind kind) {
  const auto image = deps.media.image_of({kind, request.path_id("id")});
  const auto link = direct_link(deps.media, image);
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("image");
  append_json(writer, image.image);
  writer.key("link").open_object().text("url", link.url);
  writer.optional_time("expires_at", link.expires_at).close_object().close_object();
  auto response = http::json_response(200, std::move(body));
  response.header("Cache-Control", "no-store");
  return response;
}

// Error(not_found) for anything but a number in its canonical form.
std::uint32_t path_width(const Request& request) {
  const auto* text = request.path_param("width");
  const auto number = text != nullptr ? parse_id(*text) : std::nullopt;
  if (number && *number <= images::max_side) return static_cast<std::uint32_t>(*number);
  throw Error(ErrorCode::not_found, "no such image");
}

Response show(const Deps& deps, const Request& request, std::optional<std::uint32_t> width) {
  deps.media.require_store();
  const auto image = deps.media.find_visible(request.path_id("id"));
  if (!image) throw Error(ErrorCode::not_found, "no such image");
  return image_response(request, deps.media, *image, width);
}

// ---- the table

using Handle = Response (*)(const Deps&, const Request&);

http::Handler handler_of(const Deps& deps, Handle handle) {
  return [deps, handle](const Request& request) { return handle(deps, request); };
}

void add_uploads(http::Router& router, const Deps& deps, const char* pattern,
                 const std::vector<std::string>& aliases, Handle upload, Handle remove) {
  router.add({.method = Method::post,
              .pattern = pattern,
              .aliases = aliases,
              .policy = Policy::user,
              .handler = handler_of(deps, upload),
              .load_class = http::LoadClass::upload,
              .max_body = deps.media.max_form_bytes()});
  router.add({.method = Method::del,
              .pattern = pattern,
              .aliases = aliases,
              .policy = Policy::user,
              .handler = handler_of(deps, remove)});
}

void add_public(http::Router& router, const char* pattern, std::vector<std::string> aliases,
                http::Handler handler) {
  router.add({.method = Method::get,
              .pattern = pattern,
              .aliases = std::move(aliases),
              .policy = Policy::public_,
              .handler = std::move(handler)});
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const std::vector<std::string> post_aliases{"/posts/{id}/image", "/v1/feed/posts/{id}/image"};
  const std::vector<std::string> user_aliases{"/users/{id}/avatar"};
  constexpr auto post_image = "/v1/posts/{id}/image";
  constexpr auto avatar = "/v1/users/{id}/avatar";
  add_uploads(router, deps, post_image, post_aliases, upload_post_image, remove_post_image);
  add_uploads(router, deps, avatar, user_aliases, upload_avatar, remove_avatar);
  add_public(router, post_image, post_aliases,
             [deps](const Request& request) { return describe(deps, request, Kind::post_image); });
  add_public(router, avatar, user_aliases,
             [deps](const Request& request) { return describe(deps, request, Kind::avatar); });
  add_public(router, "/v1/media/{id}", {},
             [deps](const Request& request) { return show(deps, request, std::nullopt); });
  add_public(router, "/v1/media/{id}/{width}", {},
             [deps](const Request& request) { return show(deps, request, path_width(request)); });
  add_presigned_routes(router, deps);
}

}  // namespace feedctl::media
