#pragma once
// For whom rows are kept: users seen lately, or all. Activation takes a new generation and fills
// from nothing known, whatever rows an earlier one left; turning off keeps the rows.
#include <vector>

#include "base/ids.hpp"
#include "feed/recent.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

// Those of the living users for whom no rows are kept, or whose job was given up, begin to fill, by
// a job each. One statement.
void activate(store::WriteTx& tx, const std::vector<std::int64_t>& users);

// What readers tell the workers about, best effort: a database that takes no writes is no error.
// Thread-safe.
class Activation {
 public:
  explicit Activation(store::Database& database) : database_(database) {}

  // A reader whose rows are not on: begins as activate(), unless tried within the last minute.
  void ask(Id user);
  // A reader for whom they are: keeps feed_state.seen_at right to the hour.
  void seen(Id user);

 private:
  store::Database& database_;
  Recent asked_, seen_;
};

// Stops keeping rows for those not seen for `days` before `now`, in batches; returns how many. Not
// for installations that keep them for all.
std::size_t deactivate_idle(store::Database& database, int days, Time now);
// For everybody, where rows are not kept any more: whoever is left on would lack all that is posted
// meanwhile once they are kept again.
std::size_t deactivate_all(store::Database& database);

}  // namespace feedctl::feed
