#include "feed/feed_reader.hpp"

#include "base/error.hpp"
#include "feed_materialized/materialized_reader.hpp"
#include "users/users.hpp"

namespace feedctl::feed {

namespace {

constexpr std::chrono::seconds own_changes_window{10};

}  // namespace

FeedReader::FeedReader(store::Database& database, feed_materialized::Options options,
                       cache::Cache* cache)
    : database_(database),
      options_(std::move(options)),
      materialization_(database),
      first_pages_(cache) {}

posts::SnapshotPage FeedReader::read(Id user, Id before, int limit,
                                     const std::optional<events::ConsistencyToken>& min_token) {
  if (before == posts::max_id && !min_token && options_.is_enabled())
    return read_first_page(user, limit);
  return read_by_definition(user, before, limit, min_token);
}

posts::SnapshotPage FeedReader::read_by_definition(
    Id user, Id before, int limit, const std::optional<events::ConsistencyToken>& min_token) {
  auto page = query_feed(database_, user, before, limit);
  if (page.page.posts.empty()) users::require_active(database_, user);
  if (min_token && !min_token->is_covered_by(page.snapshot)) {
    throw Error(ErrorCode::invalid_argument,
                "min_token is ahead of this database; ask again without it");
  }
  return page;
}

posts::SnapshotPage FeedReader::read_first_page(Id user, int limit) {
  const bool use_definition = recently_changed_.was_noted_within(user, own_changes_window);
  auto rows =
      use_definition ? feed_materialized::MaterializedPage{} : read_first_page_rows(user, limit);
  if (!rows.is_materialized) {
    auto page = read_by_definition(user, posts::max_id, limit);
    materialization_.request_activation(user);  // no-op for active users
    return page;
  }
  materialization_.touch_last_seen(user);
  return rows.page ? *std::move(rows.page) : read_by_definition(user, posts::max_id, limit);
}

// From the cached first page, or from the rows, which may then be cached.
feed_materialized::MaterializedPage FeedReader::read_first_page_rows(Id user, int limit) {
  if (!first_pages_.is_enabled() || limit >= feed_materialized::first_page_rows)
    return feed_materialized::read_materialized(database_, user, limit);
  const auto lookup = first_pages_.lookup(user);
  if (lookup.list && lookup.list->covers(limit)) {
    auto cached = feed_materialized::read_from_first_page(database_, user, limit, *lookup.list);
    if (cached.page) return cached;
    first_pages_.invalidate({user});  // another generation, or too many posts are gone
  }
  if (lookup.token.empty()) return feed_materialized::read_materialized(database_, user, limit);
  // Before reading the rows: workers invalidate only pages of readers seen lately.
  materialization_.touch_last_seen(user);
  auto rows = feed_materialized::read_materialized(database_, user, limit,
                                                   feed_materialized::first_page_rows);
  if (rows.first_page) first_pages_.store(user, lookup.token, *rows.first_page);
  return rows;
}

}  // namespace feedctl::feed
