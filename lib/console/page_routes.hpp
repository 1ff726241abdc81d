#pragma once
// The routes of the console's files: /admin/ and what is below it. A path whose last segment has a
// dot is a file; every other one is a screen, for which index.html comes. Without the files from
// npm a page says how to get them.
#include <string>

#include "http/router.hpp"

namespace feedctl::console {

// `image_origin`: "https://host:port" of presigned links, whose images pages may show; "": none.
// Error(invalid_argument) for text that is no origin.
void add_page_routes(http::Router& router, const std::string& image_origin = "");

}  // namespace feedctl::console
