#pragma once
// Options of `feedctl seed`, and its functions by the source of the data. Plain values; for the
// main thread.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "feedctl/cli/output.hpp"

namespace feedctl {
class Error;
}

namespace feedctl::cli {

class Progress;
class Runtime;

struct SeedOptions {
  std::optional<std::string> profile, fixtures, graph;
  bool directed = false;
  bool force = false;
  std::optional<std::string> users, posts, follows, likes, views, pages, now;
  std::int64_t seed = 1;
  std::string feeds = "active";
  bool append = false;
  bool discard = false;
  bool if_empty = false;
  std::chrono::milliseconds wait{0};
  std::vector<std::string> imports;
  std::optional<std::string> as_handle;
  bool without_replies = false;

  bool has_counts() const { return users || posts || follows || likes || views || pages; }
  bool has_generated_profile() const { return profile && *profile != "small"; }
  bool is_generated() const { return has_counts() || has_generated_profile(); }
};

// In seed_generated.cpp: a world made of counts, in bulk or with --append.
int run_generated(Runtime& runtime, const SeedOptions& options);
// In seed_files.cpp: fixtures, graphs and the built-in small world.
int run_files(Runtime& runtime, const SeedOptions& options);

// Reports a load that a signal has stopped; the exit code.
int report_stopped(Runtime& runtime, const Error& error);
// Says that --if-empty has found data; the exit code.
int report_skipped(Runtime& runtime);
Cell count_cell(std::size_t n);
// Users, follows, posts and likes of a report.
template <typename Report>
Record people_counts(const Report& report) {
  Record record;
  record.add("users", count_cell(report.users))
      .add("follows", count_cell(report.follows))
      .add("posts", count_cell(report.posts))
      .add("likes", count_cell(report.likes));
  return record;
}
// Advances by the rows of a load; false once a signal asks to stop. `progress` must outlive it.
std::function<bool(std::size_t rows)> row_counter(Progress& progress);

}  // namespace feedctl::cli
