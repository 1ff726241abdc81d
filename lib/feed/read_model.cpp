#include "feed/read_model.hpp"

#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

// Columns of sql/queries/feed/rows.sql after those of a post and the snapshot.
enum { active = 10, rows_fill_it = 11, looked_through = 12, nothing_below = 13 };

// Below the floor the rows know nothing: a page that may reach there is the definition's.
bool suffices(const store::Result& rows, int limit) {
  const auto head = rows.only();
  if (head.boolean(rows_fill_it)) return true;
  if (!head.boolean(looked_through)) return false;
  return rows.size() > static_cast<std::size_t>(limit) || head.boolean(nothing_below);
}

}  // namespace

RowsRead read_rows(store::Database& database, Id user, int limit) {
  const auto rows = database.read(sql::feed::rows, store::params(user, limit + 1));
  RowsRead answer;
  answer.active = rows.only().boolean(active);
  if (answer.active && suffices(rows, limit)) answer.read = read_of(rows, limit);
  return answer;
}

}  // namespace feedctl::feed
