#pragma once
// Supervisor of child processes: restarts one that ends, with exponential backoff, and stops all in
// the reverse order of their start.
//
// It owns the processes and one thread. Thread-safe.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "concurrent/worker_thread.hpp"
#include "dev_servers/child_process.hpp"

namespace feedctl::dev_servers {

struct Service {
  std::string name;
  Command command;
  std::function<void()> before_start;  // before each start
  std::function<bool()> is_ready;      // polled; empty: ready at once
  std::chrono::milliseconds ready_timeout{120'000};
  int stop_signal = SIGTERM;
  std::chrono::milliseconds grace_period{15'000};
  int forced_stop_signal = SIGKILL;  // after grace_period, before SIGKILL
};

class Supervisor {
 public:
  Supervisor();
  ~Supervisor();  // stop()
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Returns once the service is ready. Error(unavailable) with the end of its log if it ends before
  // or takes too long, Error(failed) once `cancelled` returns true.
  void start(Service service, const std::function<bool()>& cancelled = {});

  // Stops all services, the last one first. After force_stop() it no longer waits for grace
  // periods.
  void stop();
  void force_stop() { forced_ = true; }

  // Ends one service with `signal`, by SIGKILL after its grace period, and does not start it again
  // until release(). Error(usage) for a name that it does not have.
  void hold(const std::string& name, int signal);
  // Starts a held service again and waits until it is ready, as start() does.
  void release(const std::string& name, const std::function<bool()>& cancelled = {});

  struct Status {
    std::string name;
    pid_t pid;  // 0 while it does not run
    int restarts;
  };
  std::vector<Status> status() const;
  pid_t pid(const std::string& name) const;

 private:
  struct Entry;
  void run_watcher();
  void supervise(Entry& entry);
  void stop_child(Entry& entry);
  Entry& find(const std::string& name);
  bool has_ended(Entry& entry);
  static void restart(Entry& entry);

  std::vector<std::unique_ptr<Entry>> entries_;
  std::atomic<bool> forced_{false};
  concurrent::WorkerThread watcher_;
};

// The last lines of a log file, for messages.
std::string log_tail(const std::filesystem::path& log);

}  // namespace feedctl::dev_servers
