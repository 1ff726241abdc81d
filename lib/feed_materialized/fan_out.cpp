#include "feed_materialized/fan_out.hpp"

#include "sql/feed.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::feed_materialized {

namespace {

ChunkProgress fan_out_checked(store::WriteTx& tx, Id post, Id after, int max_followers) {
  const auto rows = tx.query(sql::feed::fan_out_chunk, store::params(post, after, max_followers));
  return {rows.single_row().integer(0), rows.single_row().integer(1)};
}

}  // namespace

// A new post rarely has rows already (of a very recent follower, of a rebuild). Therefore the plain
// insert comes first.
ChunkProgress fan_out_post(events::UnitOfWork& unit, Id post, Id after, int max_followers) {
  unit.savepoint();
  const auto range =
      unit.tx().query(sql::feed::fan_out_range, store::params(post, after, max_followers));
  if (range.empty()) return {};
  const auto row = range.single_row();
  const ChunkProgress chunk{row.integer(0), row.integer(1)};
  if (row.boolean(3)) {
    try {
      unit.tx().query(sql::feed::fan_out_rows,
                      store::params(post, row.integer(2), after, chunk.last));
      return chunk;
    } catch (const store::SqlError& error) {
      if (error.sqlstate() != store::sqlstate::unique_violation) throw;
    }
  }
  // The rollback also ends the range's planner settings.
  unit.rollback_to_savepoint();
  return fan_out_checked(unit.tx(), post, after, max_followers);
}

}  // namespace feedctl::feed_materialized
