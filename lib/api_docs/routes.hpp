#pragma once
// The routes of the API documentation: the OpenAPI description in JSON and YAML, and the pages of
// Swagger UI and ReDoc. Plain function.
#include "http/router.hpp"

namespace feedctl::api_docs {

void add_routes(http::Router& router);

}  // namespace feedctl::api_docs
