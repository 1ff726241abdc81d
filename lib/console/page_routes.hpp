#pragma once
// The routes of the console's files: /admin/ and what is below it. A path whose last segment has a
// dot is a file; every other one is a screen, for which index.html comes. Without the files from
// npm a page says how to get them. A screen that is asked for by another name of this machine than
// that of `public_url` is redirected there.
#include <string>

#include "http/router.hpp"

namespace feedctl::console {

// `public_url`: of this server, as browsers reach it; may be empty.
void add_page_routes(http::Router& router, const std::string& public_url = "");

}  // namespace feedctl::console
