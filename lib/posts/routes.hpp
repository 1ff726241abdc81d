#pragma once
// The HTTP routes of posts.
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "http/router.hpp"
#include "posts/posts.hpp"

namespace feedctl::media {
class MediaService;
}

namespace feedctl::posts {

// All of these must outlive the router.
struct Deps {
  Posts& posts;
  store::Database& database;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};
  media::MediaService* media = nullptr;  // nullptr: posts with an image are refused
  std::size_t max_form_bytes = 0;        // of a post with an image; 0: the limit of the server
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::posts
