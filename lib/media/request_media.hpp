#pragma once
// What requests about media ask for, and by whom. Pure functions, thread-safe.
#include <optional>
#include <string>

#include "base/error.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"
#include "media/media_service.hpp"

namespace feedctl::media {

// "NAME FAULT", for a field of a form or a member of a body.
Error invalid_field(const std::string& name, const std::string& fault);

// The part `image` of a form. Error(invalid_argument) where there is none.
const http::MultipartPart& image_part(const http::MultipartForm& form);

bool is_admin(const http::Request& request);
// The administrator whose changes go to the audit log; nullopt for anybody else.
std::optional<audit::Actor> admin_of(const http::Request& request);

// The answer to an upload, or to its replay.
http::Response stored_response(Kind kind, const Stored& stored);

}  // namespace feedctl::media
