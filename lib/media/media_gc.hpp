#pragma once
// Garbage collection of the blob store: removes objects that no row of `media` names, removed media
// whose job was lost, and quarantined objects whose upload is over.
//
// An object counts as garbage once it is older than the grace time, since an upload stores the
// object before its row. Objects go before their row. It is idempotent, runs beside serve and work,
// and may stop anywhere. One thread calls it.
//
// A run that finds more than half of at least 100 objects without a row stops before it removes
// them: the store seems to be another database's.
//
// Errors: Error(lock_held) if another one runs; Error(failed) if there is nothing to resume, or as
// above; Error(unavailable) if the database or the store goes away: `resume` continues then.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "store/database.hpp"

namespace feedctl::media {

struct GcOptions {
  std::chrono::seconds grace{86400};
  bool resume = false;        // continues the last run that did not end
  bool dry_run = false;       // only counts
  bool force = false;         // also where most objects have no row
  std::int64_t max_rate = 0;  // objects a second; 0: no limit
  Time now = feedctl::now();  // at the beginning
  std::function<void(const std::string& what)> on_phase;
  std::function<void(std::int64_t objects)> on_checked;    // so many more
  std::function<void(const std::string& what)> on_remove;  // an object's key, or a media
  std::function<bool()> should_stop;                       // called between objects
};

// Of this run, also where it resumed; in a dry run: what would be removed.
struct GcReport {
  std::int64_t objects = 0;       // checked
  std::int64_t unreferenced = 0;  // removed objects that no row names
  std::int64_t quarantined = 0;   // removed objects of uploads
  std::int64_t media = 0;         // removed media whose job was lost
  std::int64_t bytes = 0;         // of the removed objects, without those of `media`
  std::int64_t foreign = 0;       // objects with other names, which are left alone
  bool stopped = false;           // before the end
};

GcReport collect_garbage(store::Database& database, blob::BlobStore& store,
                         const GcOptions& options);

}  // namespace feedctl::media
