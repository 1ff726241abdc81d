#include "feed/definition.hpp"

#include "sql/feed.hpp"

namespace feedctl::feed {

posts::Page read_definition(store::Database& database, Id user, Id before, int limit) {
  // One more than asked for tells whether there is a next page.
  const auto rows = database.read(sql::feed::definition, store::params(user, before, limit + 1));
  return posts::page_of(rows, limit);
}

}  // namespace feedctl::feed
