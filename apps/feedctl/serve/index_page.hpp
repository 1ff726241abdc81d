#pragma once
#include "http/router.hpp"

namespace feedctl::app {

// What answers at /: a page for people that lists every route, and the same greeting for programs.
http::Response index_page(const http::Router& router);
http::Response index_json();

}  // namespace feedctl::app
