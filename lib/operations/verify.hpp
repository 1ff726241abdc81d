#pragma once
// Drift detection: compares derived data (rows of home feeds, counters, hot scores, cached lists)
// with its source while serve and work run, and repairs it on request.
//
// Each check reads its keys in slices of about a second, one REPEATABLE READ snapshot each. Lag is
// no drift: a row that a pending event or an open job will write does not count as missing. Memory
// does not grow with the database. Call it from one thread; callbacks run in that thread.
//
// Errors: Error(usage) for an unknown invariant, Error(unavailable) if the database or the cache
// goes away.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

struct CheckResult {
  std::string invariant;  // "I1"
  std::string name;
  std::int64_t checked = 0, drift = 0, repaired = 0;
  std::vector<std::string> examples;  // the first few
};

struct VerifyOptions {
  // The feed index instead of all else.
  struct Index {
    int days = 30;  // as feed_index::IndexUpdater::Options
    std::size_t bytes = std::size_t{256} << 20;
    std::chrono::milliseconds watch_duration{0};  // how long the same users are compared again
  };
  std::optional<Index> index = {};
  std::vector<std::string> invariants;  // empty: all
  std::optional<std::int64_t> sample;   // number of random keys of each check; else all
  bool repair = false;
  int rows_days = 90;             // for how long back rows of home feeds answer
  bool materializes_all = false;  // rows exist for all users, not only active ones
  cache::Cache* cache = nullptr;  // nullptr, or not shared: I10 checks nothing
  std::function<void(const std::string& what)> on_check;     // a check begins
  std::function<void(std::int64_t checked)> on_checked;      // so many more keys
  std::function<void(const std::string& change)> on_repair;  // one repair
  std::function<bool()> should_stop;                         // called between slices
};

struct VerifyReport {
  std::vector<CheckResult> results;
  bool stopped = false;
  // Differences that were not repaired.
  std::int64_t remaining_drift() const;
};

// "I1", "I3", ..
const std::vector<std::string>& invariants();
// Settings for the connections of a check: queries use the indexes, whatever the statistics say.
std::vector<std::pair<std::string, std::string>> session_settings();

VerifyReport run_checks(store::Database& database, const VerifyOptions& options);

}  // namespace feedctl::operations
