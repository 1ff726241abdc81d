#pragma once
// The home feed of a user: the living posts of the accounts they follow and their own, newest first
// (feed/definition). Thread-safe.
#include <optional>

#include "base/ids.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class Feed {
 public:
  explicit Feed(store::Database& database) : database_(database) {}

  // At most `limit` posts below id `before` (posts::newest for the first page), with authors,
  // counts and `liked` by the user. Error(not_found) where they are no living user. Whatever
  // answers faster than the definition is chosen here and must give the same page.
  posts::Page page(Id user, Id before, int limit);

 private:
  store::Database& database_;
};

}  // namespace feedctl::feed
