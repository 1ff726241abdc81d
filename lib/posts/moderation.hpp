#pragma once
// The transactions behind Posts::hide() and unhide(), and the query behind search(). Thread-safe.
// Errors as of these, and those of the store. With a key: see commands/command.hpp.
#include <string>

#include "posts/posts.hpp"

namespace feedctl::posts {

struct ModerationResult {
  ModeratedPost post;
  bool changed = false;  // false: the post was hidden, or shown, before
};

ModerationResult hide(store::Database& database, Id id, const std::optional<std::string>& reason,
                      const audit::Actor& moderator, commands::Command& command);
ModerationResult unhide(store::Database& database, Id id, const audit::Actor& moderator,
                        commands::Command& command);
ModeratedPage search(store::Database& database, const PostSearch& search, Id before, int limit);

std::string audit_object(Id post);  // "post:12"

}  // namespace feedctl::posts
