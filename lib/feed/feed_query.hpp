#pragma once
// The definition of the home feed as one SQL query. It is exact for every page of every feed, and
// all faster paths are checked against it. Stateless; errors as of store::Database.
#include "base/ids.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

// One statement, so one snapshot. An empty page if the user is not a living user.
posts::SnapshotPage query_feed(store::Database& database, Id user, Id before, int limit);

}  // namespace feedctl::feed
