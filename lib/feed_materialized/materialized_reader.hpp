#pragma once
// Reads first pages from user_feed: rows of the followees, merged with the reader's own posts and
// those of fan-out-on-read authors. Stateless; errors as of store::Database.
#include <optional>

#include "feed_materialized/first_page_cache.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed_materialized {

struct MaterializedPage {
  bool is_materialized = false;               // rows are kept for the user
  std::optional<posts::SnapshotPage> page;    // if the rows suffice for the whole page
  std::optional<CachedFirstPage> first_page;  // if requested and the rows suffice
};

// Reads state, feed floor, rows and filters in one statement. The page is therefore exact for its
// snapshot, except for events that the workers have not handled. With `max_cached_rows` also
// returns that many first rows.
MaterializedPage read_materialized(store::Database& database, Id user, int limit,
                                   int max_cached_rows = 0);

// The same with the first rows from a cached page. The result carries the snapshot of the cached
// page; own posts and filters may be newer. Not materialized if the generation has changed.
MaterializedPage read_from_first_page(store::Database& database, Id user, int limit,
                                      const CachedFirstPage& first_page);

}  // namespace feedctl::feed_materialized
