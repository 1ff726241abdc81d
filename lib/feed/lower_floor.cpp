#include "base/log.hpp"
#include "feed/activation.hpp"
#include "feed/retention.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

// Nobody's rows are on when the floor falls, and nobody's are being filled by a statement that has
// read the old one: it would leave out what lies between.
void turn_off_and_lower(store::Database& database, Id floor, int days) {
  deactivate_all(database);
  auto tx = database.write();
  tx.query(sql::feed::lock_states);
  tx.query(sql::feed::deactivate_rest);
  tx.query(sql::feed::lower_floor, store::params(floor, days));
  tx.commit();
}

void activate_everybody(store::Database& database) {
  constexpr int at_once = 1000;
  for (Id after = 0;;) {
    std::vector<std::int64_t> users;
    for (const auto row : database.read(sql::feed::living_users, store::params(after, at_once)))
      users.push_back(row.integer(0));
    if (users.empty()) return;
    auto tx = database.write();
    activate(tx, users);
    tx.commit();
    after = users.back();
  }
}

}  // namespace

bool lower_floor(store::Database& database, int rows_days, bool keeps_all, Time now) {
  const auto ahead = database.read(sql::feed::floor_ahead, store::params(now, rows_days));
  if (ahead.empty()) return false;
  const Id wanted = ahead.only().integer(0), first = ahead.only().integer(1);
  // What lay below was dropped.
  if (first > wanted) database.command(sql::feed::make_part, store::params(wanted, first));
  turn_off_and_lower(database, wanted, rows_days);
  if (keeps_all) activate_everybody(database);
  log::warning(
      "a clock that was ahead had raised the floor of the home feeds' rows: they are filled anew",
      {{"floor", rfc3339(time_of_id(wanted))}});
  return true;
}

}  // namespace feedctl::feed
