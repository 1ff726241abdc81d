#include "base/log.hpp"
#include "feed/activation.hpp"
#include "feed/retention.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

// Nobody's rows are on when the floor falls, and nobody's are being filled by a statement that has
// read the old one: it would leave out what lies between.
void turn_off_and_lower(store::Database& database, Id floor, int days, bool fill_all) {
  deactivate_all(database);
  auto tx = database.write();
  tx.query(sql::feed::lock_states);
  tx.query(sql::feed::deactivate_rest);
  tx.query(sql::feed::lower_floor, store::params(floor, days, fill_all));
  tx.commit();
}

std::vector<std::int64_t> users_behind(store::Database& database, Id after) {
  constexpr int at_once = 1000;
  std::vector<std::int64_t> users;
  for (const auto row : database.read(sql::feed::living_users, store::params(after, at_once)))
    users.push_back(row.integer(0));
  return users;
}

// False where nobody is left, or another process goes on.
bool activate_some(store::Database& database) {
  const auto left = database.read_on_primary(sql::feed::fill_after);
  if (left.empty()) return false;
  const Id after = left.only().integer(0);
  const auto users = users_behind(database, after);
  const auto next = users.empty() ? std::nullopt : std::optional<Id>{users.back()};
  auto tx = database.write();
  if (next) activate(tx, users);
  const bool moved = tx.query(sql::feed::filled, store::params(after, next)).affected() > 0;
  tx.commit();
  return moved && next;
}

}  // namespace

void fill_all(store::Database& database) {
  constexpr int most_batches = 100;
  for (int batch = 0; batch < most_batches && activate_some(database); ++batch) {
  }
}

bool lower_floor(store::Database& database, int rows_days, bool keeps_all, Time now) {
  const auto ahead = database.read(sql::feed::floor_ahead, store::params(now, rows_days));
  if (ahead.empty()) return false;
  const Id wanted = ahead.only().integer(0), first = ahead.only().integer(1);
  // What lay below was dropped.
  if (first > wanted) database.command(sql::feed::make_part, store::params(wanted, first));
  turn_off_and_lower(database, wanted, rows_days, keeps_all);
  if (keeps_all) fill_all(database);
  log::warning(
      "a clock that was ahead had raised the floor of the home feeds' rows: they are filled anew",
      {{"floor", rfc3339(time_of_id(wanted))}});
  return true;
}

}  // namespace feedctl::feed
