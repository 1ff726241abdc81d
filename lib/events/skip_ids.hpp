#pragma once
// After a restore to a point in time the cluster gives out again the ids that the discarded history
// has used. A reader of the log who was ahead (a position, a consistency token, an event id of a
// client) would take new events for ones that it has seen. These functions use the ids up first, so
// that every old position lies before all new events. The caller connects as the tables' owner.
#include <cstdint>
#include <functional>

#include "events/pg_snapshot.hpp"
#include "store/database.hpp"

namespace feedctl::events {

// The number of transaction ids from the next one of the cluster up to `last`. 0: all are used.
std::uint64_t count_ids_up_to(store::Database& owner, TransactionId last);

// Moves the sequences of events, likes, jobs and dead letters past what `transactions` can have
// used.
void skip_sequence_ids(store::Database& owner, std::uint64_t transactions);

// One call uses up a part of the transaction ids up to `last`. Repeat it until count_ids_up_to() is
// 0. It may be aborted at any time.
class TransactionIdSkipper {
 public:
  TransactionIdSkipper(store::Options owner, TransactionId last);
  void skip_some();

 private:
  store::Session session_;
};

}  // namespace feedctl::events
