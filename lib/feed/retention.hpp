#pragma once
// The parts of user_feed, which are ranges of post ids and so of time: two are always ahead, and
// what lies wholly before feed.rows_days goes. Any number of processes may do this at once.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "feed/options.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

struct Part {
  Id from = 0;            // the first id of it
  Id upto = 0;            // the first id after it
  std::int64_t rows = 0;  // as the server estimates

  friend bool operator==(const Part&, const Part&) = default;
};

// The parts to add after `parts` (ascending, not empty), so that two lie wholly after `now`: each
// as long as four million rows take at the rate of the newest part that has some, an hour at least
// and thirty days at most. Where parts end longer ago than that, one part goes up to `now` first.
std::vector<Part> parts_to_add(const std::vector<Part>& parts, Id now);

struct Kept {
  std::size_t made = 0;
  bool raised = false;  // the floor
  bool retired = false;
};
// Lays parts and, where there is a time to go by, raises the floor and retires one part that lies
// below it for longer than any request lasts. Where readers are in the way of that, the next call
// does it.
Kept keep_parts(store::Database& database, const Options& options, std::optional<Time> now);

// Where a clock that was ahead has raised the floor above what is `rows_days` old at `now`: lowers
// it. Posts made meanwhile have no rows, so everybody's are filled anew: of those who are seen, or
// of all. True where that was so.
bool lower_floor(store::Database& database, int rows_days, bool keeps_all, Time now);

// Where rows are kept for all: goes on filling everybody's anew where lower_floor(), or its
// process, has ended before all had begun; up to 100,000 users a call.
void fill_all(store::Database& database);

}  // namespace feedctl::feed
