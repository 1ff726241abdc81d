#include "feed/feed_query.hpp"

#include "sql/feed.hpp"

namespace feedctl::feed {

posts::SnapshotPage query_feed(store::Database& database, Id user, Id before, int limit) {
  // One more row than `limit` tells whether there is a next page.
  return posts::to_snapshot_page(
      database.read(sql::feed::definition, store::params(user, before, limit + 1)), limit);
}

}  // namespace feedctl::feed
