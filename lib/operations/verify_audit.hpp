#pragma once
// Shared parts of the verify checks: iteration over keys in slices, the report, and repairs with
// retries. Internal to lib/operations.
//
// The database and the options must outlive the object. Used from one thread. A database or cache
// that goes away is an Error(unavailable).
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "operations/verify.hpp"

namespace feedctl::operations {

using Ids = std::vector<std::int64_t>;

class Audit {
 public:
  Audit(store::Database& database, const VerifyOptions& options)
      : database_(database), options_(options) {}

  store::Database& database() { return database_; }
  cache::Cache* cache() const { return options_.cache; }
  const std::optional<std::int64_t>& sample() const { return options_.sample; }
  const VerifyOptions& options() const { return options_; }
  bool should_repair() const { return options_.repair; }
  bool should_stop();

  // The reference stays valid until the next call.
  CheckResult& begin_check(const char* invariant, std::string name);
  void add_checked(CheckResult& result, std::int64_t more);
  // `difference`: one difference, as text.
  void add_drift(CheckResult& result, const std::string& difference);
  void add_repaired(CheckResult& result, const std::string& change, std::int64_t more = 1);

  // Calls `check` with the keys of each slice and the slice's snapshot, then `repair` after the
  // snapshot has ended. `keys` takes $1, the key to begin after, and $2, the largest count. With a
  // sample, slices are short runs of keys that begin at random ids.
  void for_each_slice(const store::Query& keys,
                      const std::function<void(store::ReadTx&, const Ids&)>& check,
                      const std::function<void()>& repair, std::int64_t max_size = 8192);

  // Retries while another transaction holds the lock. Returns false, and reports it, once it gives
  // up.
  bool repair_with_retry(const std::string& what, const std::function<void()>& repair);

  VerifyReport take_report() && { return std::move(report_); }

 private:
  Ids keys_after(store::ReadTx& tx, const store::Query& keys, Id after, std::int64_t max_count);
  void scan_all(const store::Query& keys,
                const std::function<void(store::ReadTx&, const Ids&)>& check,
                const std::function<void()>& repair, std::int64_t max_size);
  void scan_sample(const store::Query& keys, std::int64_t max_count,
                   const std::function<void(store::ReadTx&, const Ids&)>& check,
                   const std::function<void()>& repair);

  store::Database& database_;
  const VerifyOptions& options_;
  VerifyReport report_;
};

}  // namespace feedctl::operations
