#include "media/request_media.hpp"

#include <string>

#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "commands/command_endpoint.hpp"

namespace feedctl::media {

Error invalid_field(const std::string& name, const std::string& fault) {
  const auto message = name + ' ' + fault;
  return Error(ErrorCode::invalid_argument, message).with_field('/' + name, message);
}

const http::MultipartPart& image_part(const http::MultipartForm& form) {
  if (const auto* part = form.file("image")) return *part;
  throw invalid_field("image", "is required: send a multipart form with the file in that field");
}

bool is_admin(const http::Request& request) {
  return request.identity && request.identity->is_admin;
}

std::optional<audit::Actor> admin_of(const http::Request& request) {
  return is_admin(request) ? std::optional(audit::actor_of(request)) : std::nullopt;
}

http::Response stored_response(Kind kind, const Stored& stored) {
  if (!stored.image) return commands::deleted_response(201, stored.id);
  std::string body;
  json::Writer writer(body);
  writer.open_object();
  if (kind == Kind::avatar) append_avatar(writer, "avatar", stored.id);
  writer.key("image");
  append_json(writer, *stored.image);
  writer.close_object();
  auto response = http::json_response(201, std::move(body));
  response.header("Location", link_of(stored.id));
  return response;
}

}  // namespace feedctl::media
