#pragma once
// A durable consumer's way to the log in PostgreSQL: what Consumer needs to read a batch and to
// save a position. Errors as of store::Database.
#include <string>
#include <vector>

#include "events/events.hpp"
#include "events/unit.hpp"

namespace feedctl::events {

struct Batch {
  std::int64_t version = 0;
  std::string upto;    // the snapshot it was read up to
  bool moved = false;  // `upto` is past the position, be it by others' events
  std::vector<Event> events;
  bool full = false;  // more may follow below `upto`
};

class Log {
 public:
  using Unit = events::Unit;
  using Event = events::Event;
  using Batch = events::Batch;

  // `database` must outlive it, and be opened with reader_settings(). `slots`: 1 or work_slots.
  Log(store::Database& database, std::string consumer, int slots)
      : database_(database), consumer_(std::move(consumer)), slots_(slots) {}

  Unit begin();
  // The first statement of the unit.
  Batch read(Unit& unit, int slot, int most);
  // False: another owner has moved the position; the unit must be thrown away.
  bool save(Unit& unit, int slot, const Batch& batch);
  // Commits by itself that `event` is begun: how often it was before without an end; nullopt: the
  // position has been moved by another owner.
  std::optional<int> mark_try(int slot, const Batch& batch, const Event& event);
  // Takes that back: the event has failed, and ended nothing. `crashes`: what mark_try told. False:
  // another owner has begun it since.
  bool unmark_try(int slot, const Batch& batch, const Event& event, int crashes);
  // Whether the slot's last owner did not give it back.
  bool take(int slot);
  void give_back(int slot);

 private:
  store::Database& database_;
  const std::string consumer_;
  const int slots_;
};

// Session settings with which the log's statements keep their plan, whatever the statistics say.
std::vector<std::pair<std::string, std::string>> reader_settings();

// to_json() into what is there already.
void append_json(std::string& out, const Event& event);

// The columns xid, id, at, type, shard, actor, object, liked_at from column `first` on.
Event event_from_row(const store::Row& row, int first);

// Error(config) where positions mean nothing in this database: a standby, or one that was made in
// another cluster, whose transaction ids are others, until `feedctl events adopt`.
void check_home(store::Database& database);

}  // namespace feedctl::events
