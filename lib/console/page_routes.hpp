#pragma once
// The routes of the console's files: /admin/ and what is below it. A path whose last segment has a
// dot is a file; every other one is a screen, for which index.html comes. Without the files from
// npm a page says how to get them.
#include "http/router.hpp"

namespace feedctl::console {

void add_page_routes(http::Router& router);

}  // namespace feedctl::console
