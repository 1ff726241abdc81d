#pragma once
// Hides posts and shows them again as a moderator does, without a reason and a key.
#include "posts/posts.hpp"

namespace feedctl::support {

inline audit::Actor test_moderator() {
  return {std::nullopt, "test (shell)", ""};
}

inline posts::ModeratedPost hide(store::Database& database, Id post) {
  commands::Command command;
  return posts::Posts(database, {}).hide(post, std::nullopt, test_moderator(), command);
}

inline posts::ModeratedPost unhide(store::Database& database, Id post) {
  commands::Command command;
  return posts::Posts(database, {}).unhide(post, test_moderator(), command);
}

}  // namespace feedctl::support
