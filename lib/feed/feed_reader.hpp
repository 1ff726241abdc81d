#pragma once
// Reads home feeds: the living posts of a user and their followees, newest first.
//
// The definition (feed_query.hpp) answers every page. For users with materialized rows, user_feed
// answers first pages, with the first rows from the cache if possible. Both give the same page,
// except for events that the workers have not handled. Thread-safe; errors as of store::Database.
#include <optional>

#include "base/ids.hpp"
#include "concurrent/recent_users.hpp"
#include "feed/feed_query.hpp"
#include "feed_materialized/first_page_cache.hpp"
#include "feed_materialized/materialization_state.hpp"
#include "feed_materialized/materialized_reader.hpp"
#include "feed_materialized/options.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class FeedReader {
 public:
  // `database` and `cache`, if any, must outlive it.
  explicit FeedReader(store::Database& database, feed_materialized::Options options = {},
                      cache::Cache* cache = nullptr);

  // At most `limit` posts below id `before` (posts::max_id for the first page), with authors,
  // counts and `liked` of the user. `min_token`: the page covers at least that token.
  // users::require_active() for the user; Error(invalid_argument) for a token ahead of this
  // database.
  posts::SnapshotPage read(Id user, Id before, int limit,
                           const std::optional<events::ConsistencyToken>& min_token = {});
  posts::Page read_page(Id user, Id before, int limit) { return read(user, before, limit).page; }
  // The same, always by the definition.
  posts::SnapshotPage read_by_definition(
      Id user, Id before, int limit, const std::optional<events::ConsistencyToken>& min_token = {});

  // Call after the commit of a follow or unfollow. For ten seconds the definition answers the user,
  // who therefore sees the change before the workers handle it.
  void on_follow_change(Id user) {
    recently_changed_.note(user);
    first_pages_.invalidate({user});
  }

 private:
  posts::SnapshotPage read_first_page(Id user, int limit);
  feed_materialized::MaterializedPage read_first_page_rows(Id user, int limit);

  store::Database& database_;
  const feed_materialized::Options options_;
  feed_materialized::MaterializationState materialization_;
  feed_materialized::FirstPageCache first_pages_;
  concurrent::RecentUsers recently_changed_;
};

}  // namespace feedctl::feed
