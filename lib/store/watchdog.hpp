#pragma once
// Ends waits for a server that has stopped answering without closing anything (frozen, or cut off
// by a network that drops): PostgreSQL's own time-outs run on its side, and libpq waits for ever.
// One thread looks every 100 ms and shuts the sockets whose time is over, upon which libpq reports
// a broken connection. Inside lib/store only. Thread-safe.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

namespace feedctl::store {

class Watchdog {
 public:
  // One socket under watch. Holds a duplicate of its descriptor, so that nothing else can be shut
  // by mistake after libpq has closed its own.
  class Watch {
   public:
    Watch(Watchdog& dog, int socket);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    // 0: without limit.
    void start(std::chrono::milliseconds limit);
    void stop() { until_ = never; }

   private:
    friend class Watchdog;
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    Watchdog& dog_;
    const int descriptor_;
    std::atomic<std::int64_t> until_{never};  // ns of the steady clock
  };

  static Watchdog& instance();

 private:
  Watchdog();
  ~Watchdog();
  void run();

  std::mutex mutex_;
  std::condition_variable stopped_;
  std::set<Watch*> watches_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::store
