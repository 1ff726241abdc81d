#include "feed/fan_out.hpp"

#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

constexpr const char* already_there = "23505";

Looked one_by_one(store::WriteTx& tx, Id post, Id after, int most) {
  const auto found = tx.query(sql::feed::fan_out_chunk, store::params(post, after, most));
  return {found.only().integer(0), found.only().integer(1)};
}

}  // namespace

// Rows of a new post are rarely there already (a follower of the last moment, a rebuild), so the
// insert that does not look comes first.
Looked fan_out(events::Unit& unit, Id post, Id after, int most) {
  unit.savepoint();
  const auto range = unit.tx().query(sql::feed::fan_out_range, store::params(post, after, most));
  if (range.empty()) return {};
  const auto row = range.only();
  const Looked chunk{row.integer(0), row.integer(1)};
  if (row.boolean(3)) {
    try {
      unit.tx().query(sql::feed::fan_out_rows,
                      store::params(post, row.integer(2), after, chunk.last));
      return chunk;
    } catch (const store::SqlError& error) {
      if (error.sqlstate() != already_there) throw;
    }
  }
  // Also ends the range's planner settings.
  unit.rollback_to_savepoint();
  return one_by_one(unit.tx(), post, after, most);
}

}  // namespace feedctl::feed
