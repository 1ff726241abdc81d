#pragma once
// Keeps child processes alive: one that ends by itself is started again, sooner the first time than
// the tenth. Stops them in the reverse order of their start. Thread-safe; it owns one thread.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "localstack/child.hpp"

namespace feedctl::localstack {

struct Service {
  std::string name;
  Command command;
  std::function<void()> before_start;  // each time
  std::function<bool()> ready;         // polled; none: ready at once
  std::chrono::milliseconds ready_within{120'000};
  int stop_signal = SIGTERM;
  std::chrono::milliseconds grace{15'000};
  int hurry_signal = SIGKILL;  // once there is no time left, before SIGKILL
};

class Supervisor {
 public:
  Supervisor();
  ~Supervisor();  // stop()
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Returns once it is ready. Error(unavailable) with the end of its log where it never is, or
  // ends before; Error(failed) where `cancelled` says so meanwhile.
  void start(Service service, const std::function<bool()>& cancelled = {});

  // Ends all of them, the last one first. With hurry(), from any thread, it no longer waits.
  void stop();
  void hurry() { hurried_ = true; }

  struct Status {
    std::string name;
    pid_t pid;  // 0 while it is down
    int restarts;
  };
  std::vector<Status> status() const;
  pid_t pid(const std::string& name) const;

 private:
  struct Entry;
  void watch();
  void look_after(Entry& entry);
  void stop_child(Entry& entry);
  static void start_again(Entry& entry);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Entry>> entries_;
  bool stopping_ = false;
  std::atomic<bool> hurried_{false};
  std::thread watcher_;
};

// The last lines of a log file, for messages.
std::string log_tail(const std::filesystem::path& log);

}  // namespace feedctl::localstack
