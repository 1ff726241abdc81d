#include "feed_materialized/materialized_reader.hpp"

#include "base/error.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed_materialized {

namespace {

// Columns of sql/queries/feed/rows.sql behind those of a post and the snapshot.
enum {
  column_active = posts::snapshot_column + 1,
  column_rows_fill_page,
  column_all_read,
  column_no_posts_below_feed_floor,
  column_feed_floor,
  column_generation,
  column_first_rows
};

// No rows exist below the feed floor, so the definition answers a page that may reach there.
bool is_sufficient(const store::Result& rows, int limit) {
  const auto head = rows.single_row();
  if (head.boolean(column_rows_fill_page)) return true;
  if (!head.boolean(column_all_read)) return false;
  return rows.size() > static_cast<std::size_t>(limit) ||
         head.boolean(column_no_posts_below_feed_floor);
}

MaterializedPage to_materialized_page(const store::Result& rows, int limit) {
  MaterializedPage result;
  result.is_materialized = rows.single_row().boolean(column_active);
  if (result.is_materialized && is_sufficient(rows, limit))
    result.page = posts::to_snapshot_page(rows, limit);
  return result;
}

CachedFirstPage to_cached_first_page(const store::Row& head, const events::PgSnapshot& snapshot,
                                     int max_cached_rows) {
  CachedFirstPage first_page{
      snapshot, head.integer(column_generation), head.integer(column_feed_floor), false, {}, {}};
  if (!head.is_null(column_first_rows) &&
      !parse_first_page_rows(head.text(column_first_rows), first_page)) {
    throw Error(ErrorCode::internal, "the rows of a list cannot be read");
  }
  first_page.is_complete = head.boolean(column_all_read) &&
                           first_page.posts.size() < static_cast<std::size_t>(max_cached_rows);
  return first_page;
}

}  // namespace

MaterializedPage read_materialized(store::Database& database, Id user, int limit,
                                   int max_cached_rows) {
  const auto rows = database.read(sql::feed::rows, store::params(user, limit + 1, max_cached_rows));
  auto result = to_materialized_page(rows, limit);
  if (result.page && max_cached_rows > 0) {
    result.first_page =
        to_cached_first_page(rows.single_row(), result.page->snapshot, max_cached_rows);
  }
  return result;
}

MaterializedPage read_from_first_page(store::Database& database, Id user, int limit,
                                      const CachedFirstPage& first_page) {
  const auto rows = database.read(
      sql::feed::listed,
      store::params(user, limit + 1, first_page.posts, first_page.authors, first_page.feed_floor,
                    first_page.generation, first_page.is_complete));
  auto result = to_materialized_page(rows, limit);
  if (result.page) result.page->snapshot = first_page.snapshot;
  return result;
}

}  // namespace feedctl::feed_materialized
