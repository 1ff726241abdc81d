#pragma once
// First pages from user_feed: rows of those followed, with the reader's own posts and those of
// authors who are merged at reads.
#include <optional>

#include "feed/definition.hpp"

namespace feedctl::feed {

struct RowsRead {
  bool active = false;       // rows are kept for the user
  std::optional<Read> read;  // where they suffice for the whole page
};

// State, floor, rows and what filters them in one statement, never from memory: so the page is
// right for the snapshot it was read at, but for events of which the workers do not have the rows
// yet.
RowsRead read_rows(store::Database& database, Id user, int limit);

}  // namespace feedctl::feed
