#pragma once
// The table `jobs` as JobStep needs it: claim, lock, save, finish, fail. Counts and logs results.
// Errors as of store::Database. One object for each step; not thread-safe.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/unit_of_work.hpp"
#include "jobs/runner_state.hpp"
#include "store/database.hpp"

namespace feedctl::jobs {

class JobStore {
 public:
  // `database` must outlive it. It claims no job of `skipped_kinds`.
  JobStore(store::Database& database, std::vector<std::string> skipped_kinds)
      : database_(database), skipped_kinds_(std::move(skipped_kinds)) {}

  // The next job of the priority; nullopt: none now. A job that has crashed is only claimed with
  // `exclusive`; without, the result says `requires_exclusive`.
  std::optional<ClaimedJob> claim(Priority priority, bool exclusive);

  events::UnitOfWork begin();
  // False: another process has claimed the job since.
  bool lock(events::UnitOfWork& unit, const ClaimedJob& claimed);
  void save(events::UnitOfWork& unit, const ClaimedJob& claimed, const Chunk& chunk);
  void finish(events::UnitOfWork& unit, const ClaimedJob& claimed);
  // After the commit.
  void done(const ClaimedJob& claimed, const Chunk& chunk);

  void dead_letter(const ClaimedJob& claimed, const std::string& error);
  void fail(const ClaimedJob& claimed, std::chrono::milliseconds retry_in, const std::string& error,
            bool counts_as_attempt);

 private:
  store::Database& database_;
  const std::vector<std::string> skipped_kinds_;
  std::chrono::steady_clock::time_point chunk_began_{};
};

}  // namespace feedctl::jobs
