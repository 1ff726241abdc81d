#pragma once
// The event log and one slot's position as PostgreSQL keeps them, in a value: transactions that
// take their id and their events' ids in any order, snapshots, row locks, and the statements of
// sql/queries/events. A few mistakes can be planted into these statements.
#include <cstdint>
#include <string>
#include <vector>

namespace feedctl::models {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;

enum class LogFault : u8 {
  none,
  id_cursor,       // the position is the highest event id read
  effects_first,   // effects commit before the position
  position_first,  // the position commits before the effects
  blind_save,      // saved whatever the version is
  no_upto,         // every batch reads what is visible now, yet the position takes that for passed
  done_kept,       // the last event of a round is kept for the next one
  own_id_first,    // the unit has a transaction id before it reads
  snapshot_apart,  // the new position's snapshot is younger than the one that was read by
  mark_forgotten,  // crashes are not noted
};

// What pg_current_snapshot() tells; ids are below 24. All of it in one word.
struct LogSnapshot {
  u32 word;
  static LogSnapshot of(u32 xmax, u32 xip) { return {xmax << 24 | xip}; }
  u32 xmax() const { return word >> 24; }
  u32 xip() const { return word & 0xFFFFFF; }
  bool is_visible(u32 xid) const { return xid < xmax() && !(xip() >> xid & 1); }
  bool operator==(const LogSnapshot&) const = default;
};

struct Position {
  LogSnapshot at;
  LogSnapshot upto;  // word 0: none
  u8 version, done_xid, done_id, unused;
  // Whether an event is behind it.
  bool passed(u32 xid, u32 id) const;
};

enum class TransactionState : u8 { fresh, open, committed, aborted };

inline constexpr int max_events = 6;
inline constexpr int max_owners = 2;

// A transaction that writes one event, or two.
struct Writer {
  TransactionState life;
  u8 xid;
};
struct LoggedEvent {
  u8 writer;  // an owner's own transactions come after the writers
  u8 xid;
  u8 id;     // 0: not drawn yet
  u8 there;  // committed
};

// What became of an event; ghosts, of which the code knows nothing.
struct EventFate {
  u8 applied, parked, buried;
  u8 alone;  // owners' lives that began it alone
};

// An owner's transaction, and what it would leave behind.
struct LogTransaction {
  u8 open, xid, saved, chain;   // chain: it wrote the event behind the writers' ones
  u8 applied, parked, buried;   // masks
  u8 kept_applied, kept_chain;  // at the savepoint
  u8 unused[3];
  Position position;
};

struct LogTables {
  Writer writers[4];
  LoggedEvent events[max_events];
  EventFate fates[max_events];
  Position position;
  u8 try_event;  // plus one; 0: none
  u8 crashes;
  u8 was_abandoned;
  u8 next_xid, next_id;
  u8 crash_budget, fail_budget, unused;
  LogTransaction open[max_owners];
};

struct LogBatch {
  u8 version;
  LogSnapshot upto;
  bool moved;
  std::vector<u8> events;  // in order
};

// The statements, at the world's present. `me`: the owner that asks.
class LogStatements {
 public:
  LogStatements(LogTables& world, LogFault mistake) : tables_(world), mistake_(mistake) {}

  // Its own transaction is never among those that run.
  LogSnapshot now(int me) const;
  LogBatch batch(int me, int most) const;
  bool position_locked(int me) const;
  // -1: somebody else has moved it.
  int mark_try(int event, int version);
  bool unmark_try(int event, int version, int crashes);
  bool save(int me, const Position& next, int version);
  void commit(int me);
  void rollback(int me);
  void take_id(int me);
  // The event behind the writers' ones, by this transaction.
  void write_chained(int me, int event);
  // Empty, or what was promised and is broken.
  std::string wrong(const Position& before) const;

 private:
  void settle_effects(int me);

  LogTables& tables_;
  const LogFault mistake_;
};

}  // namespace feedctl::models
