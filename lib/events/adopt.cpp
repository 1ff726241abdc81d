#include "events/adopt.hpp"

#include <string>

#include "sql/events.hpp"

namespace feedctl::events {

ClusterIdentity load_cluster_identity(store::Database& owner) {
  const auto rows = owner.read(sql::events::adopt_look);
  const auto row = rows.single_row();
  return {row.integer(0), row.integer(1), row.boolean(2), row.integer(3), row.integer(4)};
}

void renumber_log(store::Database& owner) {
  auto tx = owner.write();
  tx.query(sql::events::adopt_lock);
  // This snapshot is taken before the transaction gets an id. So it covers none of the writes
  // below, and it counts earlier transactions, which may still write events, as running.
  const std::string before(tx.query(sql::events::now).single_row().text(0));
  tx.query(sql::events::adopt_events);
  tx.query(sql::events::adopt_positions, store::params(before));
  tx.query(sql::events::adopt_hot, store::params(before));
  tx.query(sql::events::adopt_floor, store::params(before));
  tx.commit();
}

void stamp_cluster(store::Database& owner) {
  owner.execute(sql::events::adopt_stamp);
}

}  // namespace feedctl::events
