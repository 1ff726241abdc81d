#pragma once
// What the feed index takes from the database. Errors as of store::Database.
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "events/position.hpp"
#include "index/index.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

// Of "1,2,3", as string_agg gives it.
std::vector<Id> ids_of(std::string_view list);

// For the session that load_posts reads with.
store::Options load_options(store::Options options);

// Living posts from `floor` on, in slices of a statement each; `between` runs after each.
void load_posts(store::Session& session, index::Index& index, Id floor,
                const std::function<void()>& between);

// Where the floor must lie for at most `most` posts to lie above it: `floor` or higher.
Id floor_for(store::Session& session, Id floor, std::int64_t most);

bool is_nothing_below(store::Session& session, Id floor);

struct LoadedFollows {
  index::Follows follows;  // of load_follows, without what lies below the floor
  events::Snapshot snapshot;
};
// nullopt: no living user.
std::optional<LoadedFollows> load_follows(store::Database& database, Id user);

// The newest posts of the user's feed below `floor`, and the snapshot of that, which is later.
void load_older(store::Database& database, Id user, Id floor, LoadedFollows& loaded);

}  // namespace feedctl::feed
