#pragma once
// The routes by which moderators search, hide, show again and delete posts.
#include "posts/routes.hpp"

namespace feedctl::posts {

void add_moderation_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::posts
