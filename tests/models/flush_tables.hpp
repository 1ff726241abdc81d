#pragma once
// The view counters as Redis and PostgreSQL keep them, in a value, and what a flush, a recorder and
// an operator do to them. Each statement and each script happens as a whole. Faults can be planted
// into them.
//
// Redis has three copies: what it holds, what its append-only file holds, and an operator's backup.
// Each view and each impression is a bit, so a lost or doubled one has a name.
#include <cstdint>
#include <string>

namespace feedctl::models {

using u8 = std::uint8_t;
using u64 = std::uint64_t;

enum class FlushFault : u8 {
  none,
  no_ledger,         // a batch is applied, whether it was or not
  ledger_first,      // the ledger row commits before the counters
  counters_first,    // the counters commit before the ledger row
  fixed_name,        // a rotation replaces the last batch
  no_registry,       // a flush knows only the batches that it has rotated
  no_horizon,        // a batch is applied before it is durable
  no_fence,          // a rotation does not compare sequence numbers
  always_drops,      // a new epoch sets live impressions aside though none was ever applied
  live_kept,         // a new epoch leaves the live impressions where they are
  two_commands,      // a view is remembered and counted by two commands
  no_registration,   // batches that the registry lacks are not looked for
  counted_sequence,  // sequence numbers that Redis loses are drawn again
};

enum class BatchKind : u8 { none, views, impressions, doubtful };

struct BatchKey {
  BatchKind kind;
  u8 epoch, sequence;
  bool operator==(const BatchKey&) const = default;
};
struct BatchRow {
  BatchKey key;
  u8 payload;
  u8 is_unregistered;
};

inline constexpr int max_batches = 6, max_epochs = 4, max_sequence = 15;

struct RedisTables {
  u8 viewed;       // the sets of the day's viewers
  u8 views;        // live
  u8 impressions;  // live
  u8 epoch, sequence;
  BatchRow batches[max_batches];  // in the order of their rotation
  u8 held() const;                // views, wherever they are
  u8 held_impressions() const;
};

struct PostgresTables {
  u64 ledger;  // of impressions: 16 bits an epoch
  u8 seen, view_count;
  u8 impressions;              // added to contents
  u8 dropped, dropped_count;   // impressions of batches that were only noted
  u8 epochs;                   // the newest one
  u8 established, drops_live;  // masks of epochs
  u8 max_sequences[max_epochs];
  u8 doubtful_ledger;
  u8 unused[3];
};

struct FlushWorld {
  PostgresTables postgres;
  RedisTables redis, durable, backup;
  u8 last_sequence;  // that was ever drawn: the time of Redis
  // Ghosts, of which the code knows nothing.
  u8 acknowledged_views, lost_views, acknowledged, lost;
  u8 was_restored;  // to something older than the horizon, or emptied
  u8 reported_dropped, reported_rollbacks;
  u8 has_faults;     // so the reports may lack something
  u8 half_recorded;  // two_commands: a view, plus one
  // What may still happen.
  u8 crashes, failures, redis_crashes, restores, flushalls, repeats, has_backup;
  u8 registry_losses;
  u8 starts[2];
  u8 unused[3];
};

class FlushStatements {
 public:
  FlushStatements(FlushWorld& world, FlushFault fault) : world_(world), fault_(fault) {}

  // recorders
  void record_view(int view);
  void begin_view(int view);  // two_commands
  void end_view();
  void record_impression(int impression);
  // Redis, by a flush
  enum class Rotated : u8 { rotated, empty, rolled_back };
  Rotated rotate(BatchKind kind, u8 epoch, u8 min_sequence);
  void establish(u8 epoch, bool set_live_aside);
  u8 read(const BatchKey& key) const;  // 0: it is gone
  void drop(const BatchKey& key);
  void register_missing();
  // PostgreSQL. Epochs count from 1; 0: none.
  void add_epoch(u8 previous, bool drops_live);
  void mark_established(u8 epoch);
  u8 apply_views(u8 views);  // the new ones
  bool is_in_ledger(const BatchKey& key) const;
  void add_to_ledger(const BatchKey& key);
  void add_impressions(const BatchKey& key, u8 impressions, bool drop);
  // faults
  void fsync();
  void crash_redis();
  void flush_all();
  void lose_registry();
  void save_backup();
  void restore();

  std::string wrong;  // what can never be, and has happened

 private:
  int find(const BatchKey& key) const;
  void add(const BatchRow& row);
  void erase(int index);
  void replace_redis(const RedisTables& by);

  FlushWorld& world_;
  const FlushFault fault_;
};

}  // namespace feedctl::models
