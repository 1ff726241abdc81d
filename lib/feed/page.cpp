#include "base/error.hpp"
#include "feed/definition.hpp"
#include "feed/feed.hpp"

namespace feedctl::feed {

posts::Page Feed::page(Id user, Id before, int limit) {
  auto page = read_definition(database_, user, before, limit);
  if (page.posts.empty() && !is_living_user(database_, user)) throw posts::missing_user(user);
  return page;
}

}  // namespace feedctl::feed
