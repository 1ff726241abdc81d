#pragma once
// What the checks share: going through keys in slices, telling what was found, and repairs that
// wait for no lock for long. Internal to lib/verify; one thread.
#include <chrono>

#include "base/ids.hpp"
#include "verify/verify.hpp"

namespace feedctl::verify {

using Ids = std::vector<std::int64_t>;

class Audit {
 public:
  Audit(store::Database& database, const Options& options)
      : database_(database), options_(options) {}

  store::Database& database() { return database_; }
  cache::Cache* cache() const { return options_.cache; }
  const std::optional<std::int64_t>& sample() const { return options_.sample; }
  const Options& options() const { return options_; }
  bool repairs() const { return options_.repair; }
  bool stopped();

  Finding& begin(const char* invariant, std::string what);
  void checked(Finding& finding, std::int64_t more);
  // One thing that differs, in words.
  void found(Finding& finding, const std::string& what);
  void repaired(Finding& finding, const std::string& change, std::int64_t more = 1);

  // Calls `look` with the keys of each slice and the slice's snapshot, and then `mend` outside of
  // it. `keys` takes $1 behind this one, $2 at most so many. With a sample: runs of keys that begin
  // at random ids, which are times.
  void slices(const store::Query& keys, const std::function<void(store::ReadTx&, const Ids&)>& look,
              const std::function<void()>& mend, std::int64_t largest = 8192);

  // Runs it again while others hold the lock; false, noted, where it fails for good.
  bool mended(const std::string& what, const std::function<void()>& repair);

  Report take() && { return std::move(report_); }

 private:
  Ids keys_behind(store::ReadTx& tx, const store::Query& keys, Id after, std::int64_t most);
  void all(const store::Query& keys, const std::function<void(store::ReadTx&, const Ids&)>& look,
           const std::function<void()>& mend, std::int64_t largest);
  void some(const store::Query& keys, std::int64_t most,
            const std::function<void(store::ReadTx&, const Ids&)>& look,
            const std::function<void()>& mend);

  store::Database& database_;
  const Options& options_;
  Report report_;
};

void check_rows(Audit& audit);                                  // I1
void check_keyed(Audit& audit, const std::string& invariant);   // I3, I4, I9
void check_flow(Audit& audit);                                  // I6
void check_caches(Audit& audit);                                // I10
void check_hot(Audit& audit);                                   // I11
void check_index(Audit& audit, const Options::Index& options);  // I10 of the feed index

}  // namespace feedctl::verify
