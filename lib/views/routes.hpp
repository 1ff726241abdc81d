#pragma once
// The HTTP routes of views: POST /v1/views, /v1/views/batch and /v1/views/sync.
#include <functional>
#include <string>
#include <vector>

#include "auth/auth.hpp"
#include "http/router.hpp"
#include "views/flush.hpp"
#include "views/view_recorder.hpp"

namespace feedctl::views {

inline constexpr std::size_t max_posts_per_request = 100;

// All of these must outlive the router.
struct Deps {
  ViewRecorder& recorder;
  auth::Auth& auth;
  std::vector<std::string> bots;
  // One flush, without waiting for the durability horizon. Error(lock_held) while another runs.
  std::function<FlushReport()> flush;
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::views
