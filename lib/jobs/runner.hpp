#pragma once
// Works the lanes off, each by threads of its own, until it is destroyed (the chunks at hand are
// finished). Errors are logged and tried again with back-off.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "jobs/lanes.hpp"

namespace feedctl::jobs {

class Runner {
 public:
  // `database` must outlive it and have a connection for each lane.
  Runner(store::Database& database, Kinds kinds);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

 private:
  void run(Lane lane, std::chrono::milliseconds rest);
  bool pause(std::chrono::milliseconds time);
  void stop();

  store::Database& database_;
  const Kinds kinds_;
  Lanes lanes_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::jobs
