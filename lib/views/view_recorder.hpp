#pragma once
// Records views of posts. Views that arrive together share one call of a script in Redis; without
// Redis, or while it does not answer, one statement in PostgreSQL. One thread does so, and the
// views that arrive meanwhile form the next batch. A batch waits a little for those who were just
// answered; a lone view goes at once.
//
// A view is counted once a user, post and UTC day. One that may have reached Redis before its
// connection broke is also written to PostgreSQL: the flush knows it by its user, post and day.
// After an outage of Redis the process remembers the views that PostgreSQL has taken, up to a
// hundred thousand, so that answers stay right, too.
//
// Thread-safe; close() one thread.
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "concurrent/batch_fill.hpp"
#include "concurrent/worker_thread.hpp"
#include "events/events.hpp"
#include "redis/connection_pool.hpp"
#include "store/database.hpp"
#include "views/view.hpp"
#include "views/view_targets.hpp"

namespace feedctl::views {

class ViewRecorder {
 public:
  struct Options {
    redis::PoolOptions redis;  // url "": no Redis
    // How long a deleted post may still take views; longer where the process follows the log.
    std::chrono::milliseconds max_target_age{1000};
    std::size_t max_pending = 20'000;      // views that wait; more are refused
    std::chrono::seconds clock_offset{0};  // added to the time of Redis, for tests
  };

  // The database must outlive it. Opens no connection. Error(config) for an invalid URL.
  ViewRecorder(store::Database& database, Options options);
  ~ViewRecorder();  // as close()
  ViewRecorder(const ViewRecorder&) = delete;
  ViewRecorder& operator=(const ViewRecorder&) = delete;

  // One result for each post, in order. Error(not_found): the user is unknown; users::suspended().
  // Error(unavailable): too many views wait, the deadline passes meanwhile, or the user is not
  // known and PostgreSQL does not answer.
  using Outcome = std::variant<std::vector<Result>, Error>;
  // Runs once, on the thread of the recorder or on the caller's; it must be quick and not throw.
  using OnOutcome = std::function<void(Outcome)>;
  // `posts`: each once.
  void submit(Id user, std::vector<Id> posts, bool is_bot, OnOutcome done,
              Deadline deadline = Deadline(Deadline::Clock::time_point::max()));

  // With PoolOptions::wait_for_installation, Redis is not used before this call.
  void set_installation(const std::string& installation);
  void on_events(std::span<const events::Event> events) { targets_.on_events(events); }
  void on_gap() { targets_.on_gap(); }

  // Records what waits, and refuses more.
  void close();

 private:
  struct Request {
    Id user;
    std::vector<Id> posts;
    bool is_bot;
    OnOutcome done;
    Deadline deadline;
    std::vector<Result> results = {};

    // Calls `done`, unless that was done.
    void complete(Outcome outcome) {
      if (done) std::exchange(done, nullptr)(std::move(outcome));
    }
  };
  // One view of a batch that Redis or PostgreSQL is asked about.
  struct Item {
    Id user, post;
    std::int64_t stored;  // views in PostgreSQL
    bool counts;          // false: only the total is read
    Result* result;
  };
  using Requests = std::deque<Request>;
  using Seen = std::pair<Id, Id>;
  using Clock = concurrent::WorkerThread::Clock;

  void run();
  Requests take_batch();
  void record(Requests& batch);
  void expect_clients_back(std::size_t answered, Clock::duration took);
  static void refuse_expired(Requests& batch);
  std::vector<Item> resolve(Requests& batch);
  bool record_in_redis(std::span<const Item> items);
  void record_in_database(std::span<const Item> items);
  void remember(std::span<const Seen> counted);
  bool is_remembered(const Item& item) const;

  const Options options_;
  ViewTargets targets_;
  std::optional<redis::ConnectionPool> redis_;
  store::Database& database_;

  Requests waiting_;               // guarded by the thread's lock
  std::size_t waiting_views_ = 0;  // likewise
  concurrent::BatchFill fill_;     // likewise
  std::set<Seen> seen_in_outage_;  // of the thread
  std::int64_t seen_day_ = 0;
  concurrent::WorkerThread thread_;  // last
};

}  // namespace feedctl::views
