#pragma once
// What one generator thread measures: outcomes and latencies by operation, and the same by second.
//
// The generator thread calls everything but take(). Any thread calls take().
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

// One second of one thread.
struct IntervalPart {
  std::uint32_t second = 0;
  std::uint64_t answers = 0, errors = 0;
  std::uint32_t in_flight = 0;
  OutcomeCounts outcomes{};  // but ok
  LatencyHistogram latency;
};

class Recorder {
 public:
  struct Times {
    Clock::time_point start, measured_from;  // requests that are due before are of the warm-up
  };
  Recorder(const std::vector<std::string>& operations, Times times, bool is_closed);

  void record(std::size_t operation, const Answer& answer);
  void skip(Clock::time_point intended);
  // The end of the current second.
  Clock::time_point boundary() const { return boundary_; }
  // Ends the seconds that are over.
  void advance(Clock::time_point now, std::size_t in_flight);
  void finish(std::size_t in_flight);

  struct Taken {
    std::vector<IntervalPart> parts;
    std::uint32_t complete_before = 0;  // no part of an earlier second follows
    bool is_finished = false;
  };
  // The parts since the last call.
  Taken take();

  // Once the thread has ended.
  const std::vector<OperationResult>& operations() const { return operations_; }
  std::uint64_t skipped() const { return skipped_; }

 private:
  void end_second(std::size_t in_flight);

  const Times times_;
  const bool is_closed_;
  std::vector<OperationResult> operations_;
  std::uint64_t skipped_ = 0;
  IntervalPart current_;
  Clock::time_point boundary_;

  std::mutex mutex_;
  Taken ended_;  // guarded by mutex_
};

}  // namespace feedctl::loadtest
