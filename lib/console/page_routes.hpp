#pragma once
// The routes of the console's files: /admin/ and what is below it. A path whose last segment has a
// dot is a file; every other one is a screen, for which index.html comes. Without the files from
// npm a page says how to get them. A screen that is asked for by another name of this machine than
// that of PageOptions::public_url is redirected there.
#include <string>

#include "http/router.hpp"

namespace feedctl::console {

struct PageOptions {
  std::string image_origin = {};  // "https://host:port" of presigned links, whose images pages show
  std::string public_url = {};    // of this server, as browsers reach it; may be empty
};
// Error(invalid_argument) for an image_origin that is no origin.
void add_page_routes(http::Router& router, const PageOptions& options = {});

}  // namespace feedctl::console
