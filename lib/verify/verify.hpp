#pragma once
// Compares what is kept ready (rows of home feeds, counters, hot scores, cached lists) with its
// source while everything runs. Each check goes through its keys in slices of about a second, each
// slice one REPEATABLE READ snapshot; lag is not drift: what a waiting event or an open job will
// still bring is left out. One call, one thread; memory does not grow with the database.
//
// Errors: Error(usage) for an unknown invariant; Error(unavailable) where the database or the
// cache goes away.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.hpp"
#include "store/database.hpp"

namespace feedctl::verify {

struct Finding {
  std::string invariant;  // "I1"
  std::string what;
  std::int64_t checked = 0, drift = 0, repaired = 0;
  std::vector<std::string> examples;  // the first few
};

struct Options {
  // The feed index instead of all else.
  struct Index {
    int days = 30;  // as feed::IndexKeeper::Options
    std::size_t bytes = std::size_t{256} << 20;
    std::chrono::milliseconds watch{0};  // go on comparing the same users for so long
  };
  std::optional<Index> index = {};
  std::vector<std::string> invariants;  // empty: all
  std::optional<std::int64_t> sample;   // so many keys of each check, at random; else all
  bool repair = false;
  int rows_days = 90;             // that rows of home feeds are to answer for
  bool keeps_all = false;         // rows are kept for everybody, seen or not
  cache::Cache* cache = nullptr;  // nullptr, or shared by nobody: I10 checks nothing
  std::function<void(const std::string& what)> on_check;     // begins
  std::function<void(std::int64_t checked)> on_checked;      // that many more
  std::function<void(const std::string& change)> on_repair;  // was made
  std::function<bool()> stop;                                // asked between slices
};

struct Report {
  std::vector<Finding> findings;
  bool stopped = false;
  // What differs and was not put right.
  std::int64_t drift() const;
};

// "I1", "I3", ..
const std::vector<std::string>& invariants();
// The settings that its connections should have: every check goes by keys, whatever statistics say.
std::vector<std::pair<std::string, std::string>> session_settings();

Report run(store::Database& database, const Options& options);

}  // namespace feedctl::verify
