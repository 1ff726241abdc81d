#include "feed/read_model.hpp"

#include "base/error.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

// Columns of sql/queries/feed/rows.sql after those of a post and the snapshot.
enum {
  active = 10,
  rows_fill_it = 11,
  looked_through = 12,
  nothing_below = 13,
  floor_read = 14,
  generation = 15,
  first_rows = 16
};

// Below the floor the rows know nothing: a page that may reach there is the definition's.
bool suffices(const store::Result& rows, int limit) {
  const auto head = rows.only();
  if (head.boolean(rows_fill_it)) return true;
  if (!head.boolean(looked_through)) return false;
  return rows.size() > static_cast<std::size_t>(limit) || head.boolean(nothing_below);
}

RowsRead answer_of(const store::Result& rows, int limit) {
  RowsRead answer;
  answer.active = rows.only().boolean(active);
  if (answer.active && suffices(rows, limit)) answer.read = read_of(rows, limit);
  return answer;
}

List list_of(const store::Row& head, const events::Snapshot& snapshot, int rows_of_list) {
  List list{snapshot, head.integer(generation), head.integer(floor_read), false, {}, {}};
  if (!head.null(first_rows) && !parse_rows(head.text(first_rows), list)) {
    throw Error(ErrorCode::internal, "the rows of a list cannot be read");
  }
  list.whole =
      head.boolean(looked_through) && list.posts.size() < static_cast<std::size_t>(rows_of_list);
  return list;
}

}  // namespace

RowsRead read_rows(store::Database& database, Id user, int limit, int rows_of_list) {
  const auto rows = database.read(sql::feed::rows, store::params(user, limit + 1, rows_of_list));
  auto answer = answer_of(rows, limit);
  if (answer.read && rows_of_list > 0) {
    answer.list = list_of(rows.only(), answer.read->snapshot, rows_of_list);
  }
  return answer;
}

RowsRead read_listed(store::Database& database, Id user, int limit, const List& list) {
  const auto rows =
      database.read(sql::feed::listed, store::params(user, limit + 1, list.posts, list.authors,
                                                     list.floor, list.generation, list.whole));
  auto answer = answer_of(rows, limit);
  if (answer.read) answer.read->snapshot = list.snapshot;
  return answer;
}

}  // namespace feedctl::feed
