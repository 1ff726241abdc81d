#pragma once
// Adoption of a database that was made in another cluster: a restored dump, or a cluster made anew
// by pg_upgrade or initdb. Positions are snapshots. They mean nothing in a cluster that counts
// other transaction ids: a commit whose id a position has "seen" there would be lost.
//
// Adoption gives all events an id of this cluster and makes them new to every durable consumer.
// Handlers only add what is missing, so a repeated event changes nothing. The positions of other
// systems that follow the log are refused afterwards. The caller connects as the tables' owner.
#include <cstdint>

#include "store/database.hpp"

namespace feedctl::events {

struct ClusterIdentity {
  std::int64_t origin_cluster = 0, current_cluster = 0;  // system identifiers of clusters
  bool has_future_xids = false;  // a position or an event has an id that is not used yet here
  std::int64_t events = 0;
  std::int64_t consumers = 0;
  bool is_home_cluster() const { return origin_cluster == current_cluster; }
};
ClusterIdentity load_cluster_identity(store::Database& owner);

// One transaction that blocks all writers. SqlError lock_not_available if a writer does not end.
void renumber_log(store::Database& owner);

// The last step: from then on the database may be written to.
void stamp_cluster(store::Database& owner);

}  // namespace feedctl::events
