#pragma once
// First pages from user_feed: rows of those followed, with the reader's own posts and those of
// authors who are merged at reads.
#include <optional>

#include "feed/definition.hpp"
#include "feed/list.hpp"

namespace feedctl::feed {

struct RowsRead {
  bool active = false;       // rows are kept for the user
  std::optional<Read> read;  // where they suffice for the whole page
  std::optional<List> list;  // where one was asked for and they suffice
};

// State, floor, rows and what filters them in one statement, never from memory: so the page is
// right for the snapshot it was read at, but for events of which the workers do not have the rows
// yet. With `rows_of_list` also that many first rows.
RowsRead read_rows(store::Database& database, Id user, int limit, int rows_of_list = 0);

// The same with the first rows from a list. The page says that it saw what the list saw: own posts
// and what filters may be newer. Not active where the rows are of another generation.
RowsRead read_listed(store::Database& database, Id user, int limit, const List& list);

}  // namespace feedctl::feed
