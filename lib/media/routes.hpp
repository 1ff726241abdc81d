#pragma once
// The HTTP routes of images and avatars.
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "http/router.hpp"
#include "media/media_service.hpp"

namespace feedctl::media {

// All of these must outlive the router.
struct Deps {
  MediaService& media;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::media
