#include "feed_materialized/feed_floor_recovery.hpp"

#include <optional>
#include <vector>

#include "base/log.hpp"
#include "feed_materialized/materialization_state.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed_materialized {

namespace {

// A fill that has read the old feed floor would miss the rows down to the new one. So no user is
// active or filling when it falls.
void deactivate_and_lower(store::Database& database, Id feed_floor, int days, bool fill_all) {
  deactivate_all_users(database);
  auto tx = database.write();
  tx.query(sql::feed::lock_states);
  tx.query(sql::feed::deactivate_rest);
  tx.query(sql::feed::lower_floor, store::params(feed_floor, days, fill_all));
  tx.commit();
}

std::vector<std::int64_t> users_after(store::Database& database, Id after) {
  constexpr int batch_size = 1000;
  std::vector<std::int64_t> users;
  for (const auto row : database.read(sql::feed::living_users, store::params(after, batch_size)))
    users.push_back(row.integer(0));
  return users;
}

// False if no user is remaining, or another process continues.
bool activate_next_batch(store::Database& database) {
  const auto remaining = database.read_on_primary(sql::feed::fill_after);
  if (remaining.empty()) return false;
  const Id after = remaining.single_row().integer(0);
  const auto users = users_after(database, after);
  const auto next = users.empty() ? std::nullopt : std::optional<Id>{users.back()};
  auto tx = database.write();
  if (next) activate_users(tx, users);
  const bool moved = tx.query(sql::feed::filled, store::params(after, next)).affected() > 0;
  tx.commit();
  return moved && next;
}

}  // namespace

void refill_all(store::Database& database) {
  constexpr int max_batches = 100;
  for (int batch = 0; batch < max_batches && activate_next_batch(database); ++batch) {
  }
}

bool lower_feed_floor(store::Database& database, int rows_days, bool keeps_all, Time now) {
  const auto ahead = database.read(sql::feed::floor_ahead, store::params(now, rows_days));
  if (ahead.empty()) return false;
  const Id feed_floor = ahead.single_row().integer(0), first = ahead.single_row().integer(1);
  // The partitions between the two floors were dropped.
  if (first > feed_floor) database.execute(sql::feed::make_part, store::params(feed_floor, first));
  deactivate_and_lower(database, feed_floor, rows_days, keeps_all);
  if (keeps_all) refill_all(database);
  log::warning(
      "a clock that was ahead had moved the beginning of the home feeds' rows: they are filled "
      "again",
      {{"floor", rfc3339(time_of_id(feed_floor))}});
  return true;
}

}  // namespace feedctl::feed_materialized
