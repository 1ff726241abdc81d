#include "media/presigned_routes.hpp"

#include <memory>
#include <string>

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/json_body.hpp"
#include "media/presigned_uploads.hpp"
#include "media/request_media.hpp"

namespace feedctl::media {

namespace {

using http::JsonBody;
using http::Method;
using http::Request;
using http::Response;

Id required_id(const JsonBody& body, const std::string& name) {
  if (const auto id = body.id(name)) return *id;
  throw invalid_field(name, "is required");
}

Kind parse_kind(const std::string& text) {
  for (const auto kind : {Kind::post_image, Kind::avatar}) {
    if (text == to_string(kind)) return kind;
  }
  throw invalid_field("kind", R"(must be "post_image" or "avatar")");
}

// An avatar is that of the actor, or of the user whom an admin names.
Subject parse_subject(const JsonBody& body, std::optional<Id> actor) {
  const auto kind = parse_kind(body.required_text("kind"));
  if (kind == Kind::post_image) return {kind, required_id(body, "post_id")};
  if (actor) return {kind, *actor};
  throw invalid_field("user_id", "is required");
}

Response form_response(const PresignedForm& form) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("id", form.id).text("url", form.form.url);
  writer.key("fields").open_object();
  for (const auto& [name, value] : form.form.fields) writer.text(name, value);
  writer.close_object();
  writer.integer("max_bytes", static_cast<std::int64_t>(form.max_bytes));
  writer.text("expires_at", rfc3339(form.expires_at)).close_object();
  auto response = http::json_response(201, std::move(body));
  response.header("Location", "/v1/media/uploads/" + std::to_string(form.id));
  response.header("Cache-Control", "no-store");
  return response;
}

Response upload_response(int status, const PresignedUpload& upload) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("id", upload.id).text("state", to_string(upload.state));
  writer.optional_text("problem", upload.problem).key("image");
  if (upload.image)
    append_json(writer, *upload.image);
  else
    writer.null();
  writer.close_object();
  auto response = http::json_response(status, std::move(body));
  response.header("Cache-Control", "no-store");
  return response;
}

Response create(const Deps& deps, PresignedUploads& uploads, const Request& request) {
  const auto body = JsonBody::parse(request);
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, &body));
  const auto subject = parse_subject(body, actor);
  const auto type = body.required_text("content_type");
  const Requester requester{actor};  // also an admin sends only what is the actor's own
  return commands::run_command(
      request, {deps.cursors, deps.on_committed}, actor, [&](commands::Command& command) {
        const auto made = uploads.create(subject, requester, type, command);
        return made.form ? form_response(*made.form) : commands::deleted_response(201, made.id);
      });
}

Response complete(const Deps& deps, PresignedUploads& uploads, const Request& request) {
  const auto id = request.path_id("id");
  const auto body = JsonBody::parse(request);
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request, &body));
  uploads.complete(id, actor);
  return upload_response(202, uploads.find(id, actor));
}

Response show(const Deps& deps, PresignedUploads& uploads, const Request& request) {
  const auto id = request.path_id("id");
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request));
  return upload_response(200, uploads.find(id, actor));
}

}  // namespace

void add_presigned_routes(http::Router& router, const Deps& deps) {
  const auto uploads = std::make_shared<PresignedUploads>(deps.media);
  const auto add = [&](Method method, const char* pattern,
                       Response (*handle)(const Deps&, PresignedUploads&, const Request&),
                       http::RateClass rate_class = http::RateClass::automatic) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = http::Policy::user,
                .handler = [deps, uploads, handle](
                               const Request& request) { return handle(deps, *uploads, request); },
                .rate_class = rate_class});
  };
  add(Method::post, "/v1/media/uploads", create, http::RateClass::upload);
  add(Method::get, "/v1/media/uploads/{id}", show);
  add(Method::post, "/v1/media/uploads/{id}/complete", complete);
}

}  // namespace feedctl::media
