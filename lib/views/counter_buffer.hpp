#pragma once
// The counters that wait in Redis for a flush, as the flush sees them. An interface, so that tests
// can run the flush over a model of Redis.
//
// Live counters: one list of unique views and, for each label, one hash of impressions. A flush
// rotates each of them into a batch, which nobody changes any more. A registry in Redis lists the
// batches until they are dropped. Not thread-safe.
//
// Errors: Error(unavailable) if Redis does not answer. Each function may then have happened, and
// may be called again.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/view.hpp"

namespace feedctl::views {

// An immutable batch of counters. Its id names its kind, epoch, sequence number and label:
// "v:EPOCH:7" for views, "i:EPOCH:8:pages.videocontent" for impressions, "t:EPOCH:LABEL" for
// impressions that a rollback of Redis made doubtful.
struct Batch {
  enum class Kind { views, impressions, doubtful };

  std::string id;
  Kind kind = Kind::views;
  std::string epoch;
  std::int64_t sequence = 0;                // 0 for Kind::doubtful
  std::string label;                        // "" for Kind::views
  std::chrono::milliseconds rotated_at{0};  // since 1970, by the clock of Redis

  // nullopt: no such id. Leaves rotated_at at 0.
  static std::optional<Batch> parse(std::string_view id);
};

// What Redis must show for its counters to be trusted.
struct Fence {
  std::string epoch;
  std::int64_t min_sequence = 0;  // of the batches of this epoch that PostgreSQL holds
};

enum class Rotation { rotated, empty, rolled_back };

// How long a write takes to survive a crash of Redis, and whether Redis may drop counters.
struct Durability {
  bool keeps_append_only_file = false;
  std::string fsync;  // "always", "everysec", "no"; "" if Redis does not tell
  std::string eviction_policy;
  bool may_evict_counters = false;

  // After this time a rotated batch survives a crash of Redis.
  std::chrono::milliseconds horizon() const;
};

// Which server answers, and what it holds of the counters' history.
struct ServerState {
  std::string id;             // of this run of the server; "" if it does not tell
  std::string last_id;        // as remember_server() has noted it; "" if Redis lost that, too
  std::string epoch;          // "" if none
  std::int64_t sequence = 0;  // of the last rotation
  // Since 1970, by its own clock. started_at may be up to two seconds late.
  std::chrono::milliseconds now{0}, started_at{0};
};

class CounterBuffer {
 public:
  virtual ~CounterBuffer() = default;

  virtual Durability durability() = 0;
  virtual ServerState server_state() = 0;
  // Notes in Redis which server has answered.
  virtual void remember_server(const std::string& id) = 0;
  // Makes `epoch` the epoch, with sequence number 0. `set_live_aside`: the live impressions become
  // doubtful batches first. Does nothing if it is the epoch already.
  virtual void establish_epoch(const std::string& epoch, bool set_live_aside) = 0;

  virtual std::vector<std::string> labels() = 0;
  // Makes the live counters a batch: all views, or the impressions of a label. `rolled_back`: Redis
  // does not satisfy the fence, and nothing happened. The sequence number is the time of Redis in
  // ms, or one more than the last if that is greater: what Redis loses is never drawn again.
  virtual Rotation rotate_views(const Fence& fence) = 0;
  virtual Rotation rotate_impressions(const std::string& label, const Fence& fence) = 0;

  // The registered batches, in the order of their rotation.
  virtual std::vector<Batch> batches() = 0;
  // Registers batches that the registry lacks. Reads every key of Redis. Returns their number.
  virtual std::size_t register_missing_batches() = 0;

  // At most `max_views` views of a batch from position `from` on; empty at its end, or if Redis has
  // lost the batch.
  virtual std::vector<SeenView> read_views(const Batch& batch, std::size_t from,
                                           std::size_t max_views) = 0;
  // All impressions of a batch: each content once, ascending. Empty if Redis has lost the batch.
  virtual std::vector<Impressions> read_impressions(const Batch& batch) = 0;
  virtual void drop(const Batch& batch) = 0;

  // What waits, batches not included.
  struct Live {
    std::int64_t views = 0;
    std::int64_t contents = 0;  // with impressions
  };
  virtual Live live() = 0;
};

}  // namespace feedctl::views
