#pragma once
// The routes that are about the server itself: /health, /debug, /metrics and /.
#include <functional>
#include <string>

#include "feed/home.hpp"
#include "feedctl/serve/health.hpp"
#include "http/router.hpp"

namespace feedctl::app {

struct StatusDeps {
  Health& health;
  const feed::Home& home;
  std::function<std::string()> config_json;  // redacted
};

// `router` is also what the page at / lists, so add these routes last. It must outlive itself only.
void add_status_routes(http::Router& router, StatusDeps deps);

}  // namespace feedctl::app
