#pragma once
// Makes pages on threads of its own, so that no reader stands behind a refresh: a reader asks for
// one and goes on with what there is, or waits for as long as it likes. One at a time for each
// limit; after one that failed, or where no thread could be had, there is a pause. The threads
// start with the first page that is asked for. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/seldom.hpp"
#include "base/time.hpp"

namespace feedctl::hot {

class Beside {
 public:
  using Clock = Deadline::Clock;
  using Make = std::function<void(int limit)>;

  // Starts a thread, or throws std::system_error.
  using Start = std::function<std::thread(std::function<void()>)>;

  // `make` is called on any of the threads; what it throws is logged, and the page was not made.
  explicit Beside(Make make, Start start = start_thread);
  ~Beside();  // waits for what is being made
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  // Never waits.
  void ask(int limit);
  // Asks, and waits until `enough` says so: it is asked first, and again whenever a page was made.
  // False where that was not so by `deadline`, or pages cannot be made at the moment.
  bool wait(int limit, Deadline deadline, const std::function<bool()>& enough);

 private:
  static constexpr std::size_t most_threads = 2;
  static constexpr std::chrono::milliseconds pause{100};

  struct Limit {
    bool running = false;  // or about to
    Clock::time_point failed;
  };

  static std::thread start_thread(std::function<void()> work) {
    return std::thread(std::move(work));
  }
  bool ask_locked(int limit);
  void add_thread();
  void work();
  bool made(int limit) const;

  const Make make_;
  const Start start_;
  std::mutex mutex_;
  std::condition_variable ready_, done_;
  bool stopping_ = false;
  std::map<int, Limit> limits_;  // those that run or have failed
  std::deque<int> queue_;
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
  Seldom refused_{std::chrono::seconds{10}};
};

}  // namespace feedctl::hot
