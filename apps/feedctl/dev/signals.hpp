#pragma once
// SIGINT, SIGTERM, SIGHUP and what else ends a process, as something to ask and to wait for. Made
// before any other thread, since it blocks them for all that come after.
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace feedctl::cli {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool raised() const { return count_ > 0; }
  bool raised_again() const { return count_ > 1; }
  // The first one's number, 0 where there was none.
  int number() const { return number_; }
  // Until the first one.
  void wait();
  // Called, from another thread, at the second one. Nothing resets it.
  void on_second(std::function<void()> call);

 private:
  void watch();

  sigset_t set_;
  std::atomic<int> count_{0};
  std::atomic<int> number_{0};
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> on_second_;
  std::thread thread_;
};

}  // namespace feedctl::cli
