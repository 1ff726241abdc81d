#pragma once
// Shows the progress of a post's fan-out: rows, jobs, dead letters, and the measured lag.
//
// The answer comes from one snapshot. It is a tool for operators. Thread-safe.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

// Delay of the rows of a fan-out, from the post's commit to the commit of each row.
struct FanOutLag {
  bool has_commit_times = false;  // track_commit_timestamp is on
  bool has_event = false;         // the log still holds PostCreated
  std::optional<std::chrono::microseconds> p50, p99, max;
  std::int64_t rows = 0;          // measured rows
  std::int64_t transactions = 0;  // the batches and chunks that wrote them
  std::int64_t backfilled = 0;    // rows of a later follow or activation: not measured
  // Why there are no figures; else "".
  std::string missing_reason() const;
};

struct FanOutTrace {
  struct Job {
    bool is_dead = false;
    std::int64_t id = 0;
    std::string kind;
    std::int64_t done = 0, chunks = 0;
    std::optional<std::int64_t> total;
    std::optional<std::string> cursor;
    int attempts = 0;
    std::optional<std::string> error;
    Time created_at;
    // An estimate from the size of finished chunks; nullopt if none is finished.
    std::optional<std::int64_t> chunks_left() const;
  };
  Time created_at;
  bool is_post_alive = false;
  std::optional<Id> author;
  bool is_event_pending = false;  // PostCreated is not processed yet
  bool fan_out_on_read = false;   // the author's posts have no rows: reads merge them
  bool is_above_feed_floor = false;
  std::int64_t followers = 0, active_followers = 0;  // active: they have rows
  std::int64_t rows = 0;                             // of active followers
  std::vector<Job> jobs;
  FanOutLag lag;
  std::string verdict() const;
};
// nullopt: the post does not exist.
std::optional<FanOutTrace> trace_fan_out(store::Database& database, Id post);

}  // namespace feedctl::operations
