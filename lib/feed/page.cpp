#include "feed/definition.hpp"
#include "feed/feed.hpp"
#include "users/users.hpp"

namespace feedctl::feed {

posts::Page Feed::page(Id user, Id before, int limit) {
  auto page = read_definition(database_, user, before, limit);
  if (page.posts.empty()) users::Users(database_).get(user);  // throws where there is nobody
  return page;
}

}  // namespace feedctl::feed
