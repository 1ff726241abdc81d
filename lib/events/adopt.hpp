#pragma once
// Takes over a database that was made in another cluster: a dump that was restored, or a cluster
// that pg_upgrade or initdb made anew. Positions are snapshots, so they mean nothing where
// transaction ids are counted by another cluster: what is committed here with an id that a position
// has "seen" there would be lost.
//
// All events are given an id of this cluster and become new to every durable consumer. Handlers
// only add what is missing, so what was handled before changes nothing; nothing is skipped.
// Positions of other systems that follow the log are refused from then on. As the owner of the
// tables.
#include <cstdint>

#include "store/database.hpp"

namespace feedctl::events {

struct Belonging {
  std::int64_t made_in = 0, answers = 0;  // system identifiers of clusters
  bool ahead = false;  // a position or an event has an id that this cluster has not given yet
  std::int64_t events = 0;
  std::int64_t consumers = 0;
  bool at_home() const { return made_in == answers; }
};
Belonging look_at_belonging(store::Database& owner);

// One transaction, that holds up all writers. SqlError 55P03 where one would not end.
void renumber_log(store::Database& owner);

// The last step: from then on the database may be written to.
void stamp_cluster(store::Database& owner);

}  // namespace feedctl::events
