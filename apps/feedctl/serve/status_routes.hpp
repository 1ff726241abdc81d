#pragma once
// Routes about the server itself: /health, /debug, /metrics and /. Plain function; the members of
// the dependencies must outlive the router.
#include <functional>
#include <string>

#include "feed/home_feed.hpp"
#include "feedctl/serve/health.hpp"
#include "feedctl/serve/media_services.hpp"
#include "http/router.hpp"

namespace feedctl::app {

struct StatusDeps {
  Health& health;
  const feed::HomeFeed& home;
  MediaServices& media;
  std::function<std::string()> config_json;  // redacted
};

// Adds these routes last, since the page at / lists the routes of `router`.
void add_status_routes(http::Router& router, StatusDeps deps);

}  // namespace feedctl::app
