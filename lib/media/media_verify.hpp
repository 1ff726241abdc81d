#pragma once
// Verification of media (invariant I8): each shown image has its objects, and posts and users show
// what is there.
//
// It reads in short statements beside serve and work, and repairs on request: missing thumbnails
// are made anew, references to what is not there go. A lost image itself stays as it is unless
// `drop_lost`, since a store that is not mounted looks the same. It never writes to the store. One
// thread calls it.
//
// Errors: Error(lock_held) if another one runs; Error(failed) if there is nothing to resume;
// Error(unavailable) if the database or the store goes away: `resume` continues then.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "blob/blob_store.hpp"
#include "store/database.hpp"

namespace feedctl::media {

struct VerifyOptions {
  bool resume = false;        // continues the last run that did not end
  bool repair = false;        // what can be repaired without loss
  bool drop_lost = false;     // with repair: removes images whose object is lost or damaged
  bool deep = false;          // reads each image and compares its SHA-256
  bool dry_run = false;       // the transactions of `database` roll back, too
  std::int64_t max_rate = 0;  // images a second; 0: no limit
  std::function<void(const std::string& what)> on_phase;
  std::function<void(std::int64_t checked)> on_checked;      // so many more
  std::function<void(const std::string& change)> on_repair;  // one repair
  std::function<bool()> should_stop;                         // called between images
};

struct VerifyResult {
  std::string name;
  std::int64_t checked = 0, drift = 0, repaired = 0;
  std::vector<std::string> examples;  // the first few
};

// Of this run, also where it resumed.
struct VerifyReport {
  std::vector<VerifyResult> results;
  bool stopped = false;  // before the end
  std::int64_t remaining_drift() const;
};

VerifyReport verify(store::Database& database, blob::BlobStore& store,
                    const VerifyOptions& options);

}  // namespace feedctl::media
