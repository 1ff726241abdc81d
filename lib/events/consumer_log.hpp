#pragma once
// The event log in PostgreSQL as a durable Consumer needs it: read a batch, save a position. Errors
// as of store::Database. Thread-safe.
#include <string>
#include <vector>

#include "events/events.hpp"
#include "events/unit_of_work.hpp"

namespace feedctl::events {

struct Batch {
  std::int64_t version = 0;
  std::string upto;    // the snapshot up to which it was read
  bool moved = false;  // `upto` is past the position, if only by events of other slots
  std::vector<Event> events;
  bool full = false;  // more may follow below `upto`
};

class ConsumerLog {
 public:
  using Unit = events::UnitOfWork;
  using Event = events::Event;
  using Batch = events::Batch;

  // `database` must outlive it, and have planner_settings(). `slots`: 1 or work_slots.
  ConsumerLog(store::Database& database, std::string consumer, int slots)
      : database_(database), consumer_(std::move(consumer)), slots_(slots) {}

  Unit begin();
  // The first statement of the unit.
  Batch read(Unit& unit, int slot, int max_events);
  // False: another owner has moved the position; the caller discards the unit.
  bool save(Unit& unit, int slot, const Batch& batch);
  // Records in a transaction of its own that `event` begins. Returns how often it began before
  // without an end; nullopt: another owner has moved the position.
  std::optional<int> record_attempt(int slot, const Batch& batch, const Event& event);
  // Undoes that record after an error that ended no process. `crashes`: the result of
  // record_attempt(). False: another owner has begun the event since.
  bool undo_attempt(int slot, const Batch& batch, const Event& event, int crashes);
  // Marks the slot as owned. True: it was abandoned, so its last owner did not release it.
  bool acquire_slot(int slot);
  void release_slot(int slot);

 private:
  store::Database& database_;
  const std::string consumer_;
  const int slots_;
};

// Session settings that fix the plans of the log's statements, whatever the statistics say.
std::vector<std::pair<std::string, std::string>> planner_settings();

// The columns xid, id, at, type, shard, actor, object, liked_at from column `first` on.
Event event_from_row(const store::Row& row, int first);

// Error(config) on a standby, where the log cannot be followed.
void require_primary(store::Database& database);

// Error(config) if positions mean nothing in this database: it is a standby, or it was made in
// another cluster, whose transaction ids differ, and `feedctl events adopt` has not run.
void require_home_cluster(store::Database& database);

}  // namespace feedctl::events
