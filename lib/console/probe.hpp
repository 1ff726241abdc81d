#pragma once
// A value that is read from another server, for a page that many look at: the reading is shared and
// kept for a moment, and no caller waits long for a server that does not answer. A thread of the
// probe reads; it starts with the first call. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "concurrent/worker_thread.hpp"

namespace feedctl::console {

template <typename Value>
class Probe {
 public:
  struct Reading {
    std::optional<Value> value;
    std::string error = {};  // where there is no value
  };

  // `read` runs on the probe's thread and may throw. The destructor waits for it.
  explicit Probe(std::function<Value()> read, std::chrono::milliseconds max_age)
      : read_(std::move(read)), max_age_(max_age) {}

  // Begins a reading where the last one is older than `max_age`. Does not wait.
  void request() {
    const auto lock = thread_.lock();
    if (!is_fresh(lock)) begin(lock);
  }

  // A reading of the last `max_age`, or a new one. Without a value where `read` has failed, or has
  // not ended by `deadline`; a later call has its result then.
  Reading get(Deadline deadline) {
    auto lock = thread_.lock();
    if (is_fresh(lock)) return last_;
    begin(lock);
    const auto seen = count_;
    const bool came = finished_.wait_until(lock, deadline.at(), [&] { return count_ != seen; });
    return came ? last_ : Reading{std::nullopt, "no answer yet"};
  }

 private:
  using Clock = std::chrono::steady_clock;

  using Lock = concurrent::WorkerThread::Lock;

  bool is_fresh(const Lock&) const { return count_ > 0 && Clock::now() - read_at_ < max_age_; }

  void begin(const Lock& lock) {
    thread_.start(lock, [this] { run(); });
    if (is_reading_) return;
    is_wanted_ = true;
    thread_.wake();
  }

  void run() {
    auto lock = thread_.lock();
    while (thread_.wait(lock, [this] { return is_wanted_; })) {
      is_wanted_ = false;
      is_reading_ = true;
      lock.unlock();
      auto reading = read();
      lock.lock();
      last_ = std::move(reading);
      is_reading_ = false;
      read_at_ = Clock::now();
      ++count_;
      finished_.notify_all();
    }
  }

  Reading read() const {
    try {
      return {read_()};
    } catch (const std::exception& error) {
      return {std::nullopt, error.what()};
    }
  }

  const std::function<Value()> read_;
  const std::chrono::milliseconds max_age_;
  // The monitor of thread_ guards these.
  bool is_wanted_ = false, is_reading_ = false;
  Reading last_;
  Clock::time_point read_at_{};
  std::uint64_t count_ = 0;  // of readings
  std::condition_variable finished_;
  concurrent::WorkerThread thread_;  // last: its body uses the others
};

}  // namespace feedctl::console
