#pragma once
// Deadlines for waits on a server that has stopped answering without closing the connection
// (frozen, or behind a network that drops packets). PostgreSQL's own time-outs run on the server,
// and libpq waits for ever. One thread checks every 100 ms and shuts sockets past their deadline;
// libpq then reports a broken connection. Private to lib/store. Thread-safe.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>

#include "concurrent/worker_thread.hpp"

namespace feedctl::store {

class SocketDeadlines {
 public:
  // One watched socket. Holds a duplicate of the descriptor: after libpq has closed its own, no
  // other socket can be shut by mistake.
  class Entry {
   public:
    Entry(SocketDeadlines& owner, int socket);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // 0: no limit.
    void start(std::chrono::milliseconds limit);
    void stop() { deadline_ns_ = never; }

   private:
    friend class SocketDeadlines;
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    SocketDeadlines& owner_;
    const int descriptor_;
    std::atomic<std::int64_t> deadline_ns_{never};  // ns of the steady clock
  };

  static SocketDeadlines& instance();

 private:
  SocketDeadlines() = default;
  void run();

  std::set<Entry*> entries_;
  concurrent::WorkerThread thread_{[this] { run(); }};
};

}  // namespace feedctl::store
