#pragma once
// The users for whom user_feed rows are kept: recent readers, or all users.
//
// Activation starts a new generation and fills it completely, whatever rows an earlier generation
// left. Deactivation keeps the rows. Errors as of store::Database unless stated.
#include <vector>

#include "base/ids.hpp"
#include "concurrent/recent_users.hpp"
#include "store/database.hpp"

namespace feedctl::feed_materialized {

// Starts to fill the living users without rows or with a failed job, by one job each. One
// statement.
void activate_users(store::WriteTx& tx, const std::vector<std::int64_t>& users);

// Reports readers to the workers, best effort: errors of the database are only logged. Thread-safe.
class MaterializationState {
 public:
  explicit MaterializationState(store::Database& database) : database_(database) {}

  // Activates a reader without rows, unless tried within the last minute.
  void request_activation(Id user);
  // Keeps feed_state.seen_at of an active reader exact to the hour.
  void touch_last_seen(Id user);

 private:
  store::Database& database_;
  concurrent::RecentUsers recently_requested_, recently_touched_;
};

// Deactivates the users not seen for `days` before `now`, in batches, and returns their number. Not
// for installations that keep rows of every user.
std::size_t deactivate_idle_users(store::Database& database, int days, Time now);
// Turns materialization off for everyone: users left active would miss posts made before it is
// enabled again. Returns their number.
std::size_t deactivate_all_users(store::Database& database);

}  // namespace feedctl::feed_materialized
