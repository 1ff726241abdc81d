#pragma once
// Keeps the feed index of one process up to date.
//
// It loads recent posts in slices beside a running tail of the log, then follows the log. It loads
// a user's follows on their first read, and evicts what is too old or too much.
//
// While the database is unavailable or a standby, the index keeps serving unchanged. It reloads
// everything if the log no longer holds its position, or if another database took over.
//
// It owns one thread. Every other member function is thread-safe.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "concurrent/worker_thread.hpp"
#include "events/log_tail.hpp"
#include "feed_index/feed_index.hpp"
#include "feed_index/floor_policy.hpp"
#include "feed_index/monotonic_reads.hpp"
#include "store/database.hpp"

namespace feedctl::feed_index {

// Follows the log beside the index. The updater's thread calls it; nothing may throw or block.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void on_events(std::span<const events::Event> events) = 0;  // about to be published
  // Pages now show everything that `position` covers.
  virtual void on_published(const events::PgSnapshot& /*position*/) {}
  // Events may have been missed up to now; none is missed from here on. Also called at the start.
  virtual void on_gap() = 0;
};

class IndexUpdater {
 public:
  struct Options {
    int max_age_days = 30;
    std::size_t bytes = std::size_t{256} << 20;  // posts and sets, half each
    std::chrono::milliseconds poll_interval{10};
    std::vector<LogListener*> listeners = {};  // must outlive it
    std::function<Time()> clock = now;
  };

  // `database` must outlive it and loads follows. The log has a connection of its own.
  IndexUpdater(store::Database& database, Options options);
  ~IndexUpdater();
  IndexUpdater(const IndexUpdater&) = delete;
  IndexUpdater& operator=(const IndexUpdater&) = delete;

  // A page without I/O, as FeedIndex::read(). Also `not_covered` for a user to whom the definition
  // has shown more than the index holds.
  void read(Id user, Id before, std::size_t limit, Page& page) const;
  // Loads the user's follows. False: the definition must answer. Errors as of store::Database.
  bool load_follows(Id user, Deadline deadline);
  // Whether pages show everything that the token covers.
  bool covers(const events::ConsistencyToken& token) const;
  // read(), after load_follows() if needed. False: the index has no such page.
  bool read_or_load(Id user, Id before, std::size_t limit, Page& page, Deadline deadline) {
    read(user, before, limit, page);
    if (page.result == Page::Result::needs_load && load_follows(user, deadline))
      read(user, before, limit, page);
    return page.result == Page::Result::complete;
  }
  // Wakes the tail and waits until covers(token). False: the deadline passed.
  bool wait_until_covered(const events::ConsistencyToken& token, Deadline deadline);
  // The definition has answered this user from `snapshot`.
  void require_at_least(Id user, const events::PgSnapshot& snapshot) {
    monotonic_reads_.require_at_least(user, snapshot);
  }

  bool is_ready() const;
  Id floor() const;  // the index floor: memory lacks the posts below it
  Size size() const;

 private:
  using Clock = std::chrono::steady_clock;
  using EpochGuard = concurrent::EpochReclaimer::Guard;
  struct WriterPort;  // ports of sync_protocol.hpp
  struct LoaderPort;

  void run();
  void initial_load();
  void start_tail();
  void follow_log();
  void restart_index();
  void catch_up();
  void publish();
  void maintain_floor();
  void export_metrics() const;
  void pause(std::chrono::milliseconds max_wait);
  bool wait_until(const std::function<bool()>& covered, Deadline deadline);

  store::Database& database_;
  const Options options_;
  const store::Options session_options_;
  mutable concurrent::EpochReclaimer epochs_;  // of the whole index
  std::shared_ptr<FeedIndex> current_;         // guarded by the lock of thread_; loads share it
  std::atomic<FeedIndex*> index_;              // the same for readers, who hold a guard
  mutable MonotonicReads monotonic_reads_;

  // Only the thread uses these.
  std::optional<events::LogTail> tail_;
  FloorPolicy floor_policy_;
  std::string published_position_;  // as text
  Clock::time_point maintenance_due_;

  std::condition_variable advanced_;
  bool wake_requested_ = false;
  concurrent::WorkerThread thread_;  // its lock also guards current_
};

}  // namespace feedctl::feed_index
