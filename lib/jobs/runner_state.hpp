#pragma once
// What the runners of one process share: which chunks may run side by side, and the failures that
// the database has not heard of. Thread-safe if one thread at a time runs a priority.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "jobs/exclusive_gate.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::jobs {

struct ClaimedJob {
  Job job;
  std::int64_t claim_id = 0;
  int crashes = 0;
  // Not claimed: the job may have ended a process, so its claim needs the gate exclusively.
  bool requires_exclusive = false;
};

struct RunnerState {
  // A chunk failed while the database could not be told.
  struct Failure {
    ClaimedJob claimed;
    std::chrono::milliseconds retry_in;
    std::string error;
    bool counts_as_attempt;
  };
  SkippedKinds skipped_kinds;  // empty: it runs all kinds; set before the first step
  ExclusiveGate gate;
  std::optional<Failure> unreported_failures[3];  // by priority
};

}  // namespace feedctl::jobs
