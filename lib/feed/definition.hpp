#pragma once
// The feed as it is defined, in SQL: right to the true end of any feed, and what everything faster
// is checked against.
#include "events/position.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed {

// A page and the snapshot of the statement that read it.
struct Read {
  posts::Page page;
  events::Snapshot snapshot;
};

// One statement, so one cut of the commit order. Nothing where the user is no living user.
Read read_at(store::Database& database, Id user, Id before, int limit);
posts::Page read_definition(store::Database& database, Id user, Id before, int limit);

// The posts of rows read with one more than `limit`, whose first column is null where there is
// none, and the snapshot in column 9.
Read read_of(const store::Result& rows, int limit);

}  // namespace feedctl::feed
