#pragma once
// The routes of presigned uploads: POST /v1/media/uploads, GET /v1/media/uploads/{id} and
// POST /v1/media/uploads/{id}/complete.
#include "media/routes.hpp"

namespace feedctl::media {

void add_presigned_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::media
