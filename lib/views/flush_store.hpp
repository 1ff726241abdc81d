#pragma once
// What a flush writes in PostgreSQL: counters, the ledger of batches, epochs. An interface, so that
// tests can run the flush over a model of PostgreSQL. Not thread-safe.
//
// Errors as of store::Database. After Error(unavailable) a write may have happened; each may be
// repeated, as the ledger and the rows of post_view_seen make repetitions harmless.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "views/counter_buffer.hpp"

namespace feedctl::views {

// A row of view_epoch.
struct EpochRecord {
  std::string epoch;
  std::int64_t max_sequence = 0;
  bool drops_live = false;
  bool is_established = false;
};

struct ViewsApplied {
  std::int64_t counted = 0;   // views that were new
  std::int64_t repeated = 0;  // views that were counted before
  std::int64_t expired = 0;   // views of a day too far from today
  std::int64_t orphaned = 0;  // views of posts that are gone
  std::vector<Id> posts;      // with new views
};

struct ImpressionsApplied {
  bool was_applied = false;  // before this call: nothing was added
  std::int64_t impressions = 0, contents = 0;
  std::int64_t orphaned = 0;  // impressions of contents that are gone, or of a dropped batch
};

class FlushStore {
 public:
  virtual ~FlushStore() = default;

  virtual std::optional<EpochRecord> current_epoch() = 0;
  // Adds an epoch after `previous` ("" if there was none), unless another one is there by now. It
  // drops what Redis had counted only if a batch of impressions was ever applied: nothing is
  // doubtful before.
  virtual void add_epoch(const std::string& previous, const EpochRecord& next) = 0;
  virtual void mark_established(const std::string& epoch) = 0;

  // Counts views, in one statement: who has seen which post, the counters, one event. At most some
  // thousand views.
  virtual ViewsApplied apply_views(std::span<const SeenView> views) = 0;
  // Adds a batch to the counters, its ledger row and the epoch's sequence number, in one
  // transaction. `drop`: only notes the counts in the ledger.
  virtual ImpressionsApplied apply_impressions(const Batch& batch,
                                               std::span<const Impressions> counts, bool drop) = 0;
  // Deletes ledger rows older than seven days, except those of `batches`, which Redis still holds.
  virtual void prune_ledger(std::span<const Batch> batches) = 0;
};

}  // namespace feedctl::views
