#pragma once
// Background jobs: work that is too big or too broken for a batch of events, kept in the table
// `jobs`. A job runs in chunks. A chunk is one transaction with its effects and the cursor where
// the next one begins, so a job goes on where it was after any crash.
//
// Priorities run side by side: a long job delays no other priority, and the jobs of one priority
// take turns chunk by chunk. A job that fails is retried with full jitter (0.5 s to 5 min). After 8
// failures, or 3 crashes of its process, it becomes a dead letter. Thread-safe.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "events/unit_of_work.hpp"
#include "store/database.hpp"

namespace feedctl::jobs {

enum class Priority { interactive = 0, bulk = 1, low = 2 };

struct NewJob {
  std::string kind;
  Priority priority = Priority::interactive;
  Id subject = 0;                                    // the post or user it is about
  std::string payload = "{}";                        // JSON
  std::optional<std::int64_t> total = std::nullopt;  // rows expected, for progress
  std::chrono::seconds delay{0};
};
// In the caller's transaction.
void add(store::WriteTx& tx, const NewJob& job);

struct Job {
  std::int64_t id = 0;
  std::string kind;
  Priority priority{};
  Id subject = 0;
  std::string payload;
  std::optional<std::string> cursor;
  std::int64_t done = 0;
  int attempts = 0;
};

// How far a chunk came. Without cursor the job is finished.
struct Chunk {
  std::optional<std::string> cursor = std::nullopt;
  std::int64_t rows = 0;
};
// Does one chunk within the unit; the job's row is locked. Must be idempotent.
using JobHandler = std::function<Chunk(events::UnitOfWork&, const Job&)>;
using HandlerRegistry = std::map<std::string, JobHandler>;
// The kinds of jobs that this process cannot run now. It leaves them alone and counts no attempt;
// other processes may run them. Thread-safe, quick, and must not throw.
using SkippedKinds = std::function<std::vector<std::string>()>;

struct RunnerState;
// Runs at most one chunk of one job of the priority. Chunks of this process that share `state`
// (jobs/runner_state.hpp) may run at the same time. False: nothing to do now.
bool run_one(store::Database& database, Priority priority, const HandlerRegistry& handlers,
             RunnerState& state);

struct Backlog {
  std::int64_t open[3];  // jobs, by priority
  std::chrono::seconds oldest;
  std::int64_t dead_letters;
  bool is_delayed_by_clock;  // a clock that was ahead put a job or a claim off
};
Backlog backlog(store::Database& database);
// Restarts the waits that began at a clock that was ahead. Returns the number of jobs.
std::size_t reschedule_after_clock_jump(store::Database& database);

}  // namespace feedctl::jobs
