#pragma once
// Signals that stop `feedctl dev`, as a flag to poll and to wait for.
//
// The constructor blocks them, so it runs before any other thread starts. The object owns a thread.
// Thread-safe.
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

  bool is_raised() const { return count_ > 0; }
  bool is_raised_again() const { return count_ > 1; }
  // The number of the first signal, or 0.
  int first_signal() const { return first_signal_; }
  // Returns at the first signal.
  void wait();
  // The object's thread calls it at the second signal and later ones. An empty function removes it.
  void set_on_second(std::function<void()> call);

 private:
  void watch(const std::stop_token& stop);

  sigset_t set_;
  std::atomic<int> count_{0};
  std::atomic<int> first_signal_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> on_second_;
  std::jthread thread_;
};

}  // namespace feedctl::cli
