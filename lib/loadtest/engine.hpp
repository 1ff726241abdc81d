#pragma once
// The load generator: runs threads that send requests to one HTTP/1.1 server by a schedule, and
// merges what they measure.
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "loadtest/arrival_schedule.hpp"
#include "loadtest/load_result.hpp"
#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

struct EngineOptions {
  std::string host;  // resolved once, at the start
  int port = 80;
  // In the closed model only their durations count.
  std::vector<Stage> stages;
  bool closed = false;
  int connections = 64;  // at most, over all threads
  int threads = 1;
  // Comes before the stages, at the rate of the first one. Its requests are in no operation.
  std::chrono::milliseconds warm_up{};
  std::chrono::milliseconds timeout{10'000};  // of a request, and of what is in flight at the end
  std::size_t max_response = 4 * 1024 * 1024;
  std::optional<Time> start_at;  // of the warm-up; at once if it is over
};

// Called by the thread that runs the load.
class LoadObserver {
 public:
  virtual ~LoadObserver() = default;
  virtual void on_interval(const Interval& interval) = 0;  // once a second, in order
  virtual bool should_stop() = 0;                          // asked some 20 times a second
};

// Blocks until the run is over or the observer stopped it. `sources` makes the source of each
// thread; this thread calls it. PlannedRequest::operation is an index in `operations`. A server
// that is away is no error here: its requests count as connect_failed.
//
// Throws Error(invalid_argument) for options that make no sense, Error(unavailable) if the host has
// no address, Error(failed) if too few files may be open, and what a source throws.
LoadResult run_load(const EngineOptions& options,
                    const std::function<std::unique_ptr<RequestSource>(int thread)>& sources,
                    const std::vector<std::string>& operations, LoadObserver& observer);

}  // namespace feedctl::loadtest
