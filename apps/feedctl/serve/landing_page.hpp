#pragma once
// The answer of /: a page that lists every route, or JSON for programs. Plain functions;
// thread-safe.
#include "http/router.hpp"

namespace feedctl::app {

http::Response landing_page(const http::Router& router);
http::Response landing_json();

}  // namespace feedctl::app
