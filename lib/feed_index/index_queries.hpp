#pragma once
// The queries by which the feed index loads from the database. Errors as of store::Database.
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "events/pg_snapshot.hpp"
#include "feed_index/feed_index.hpp"
#include "store/database.hpp"

namespace feedctl::feed_index {

// Parses "1,2,3", the form of string_agg.
std::vector<Id> parse_ids(std::string_view list);

// Options of the session that load_posts() reads with.
store::Options load_session_options(store::Options options);

// Adds the living posts from `floor` on, one statement per slice. `between_slices` runs after each.
void load_posts(store::Session& session, FeedIndex& index, Id floor,
                const std::function<void()>& between_slices);

// Notes the accounts that are suspended, one statement per slice.
void load_suspended(store::Session& session, FeedIndex& index);

// Notes the posts from `floor` on that moderators have hidden, one statement per slice.
void load_hidden(store::Session& session, FeedIndex& index, Id floor);

// The lowest index floor, `floor` or higher, with at most `max_posts` posts above it.
Id find_index_floor(store::Session& session, Id floor, std::int64_t max_posts);

// Whether no post lies below `floor`.
bool has_no_posts_below(store::Session& session, Id floor);

struct LoadedFollows {
  Follows follows;  // without posts below the index floor
  events::PgSnapshot snapshot;
};
// nullopt: no living user.
std::optional<LoadedFollows> read_follows(store::Database& database, Id user);

// Adds the newest posts of the user's feed below `floor` and replaces the snapshot by their later
// one.
void read_older_posts(store::Database& database, Id user, Id floor, LoadedFollows& loaded);

}  // namespace feedctl::feed_index
