#pragma once
// Records impressions of page contents without delaying the reader. add() only counts in memory; a
// thread sends the counts every period, as one batch a label, to Redis or to PostgreSQL.
//
// Each batch is counted at most once. Once Redis may have taken it, only Redis is asked again,
// under the same id, until it answers. After nine tenths of dedup_ttl without an answer the batch
// is dropped, since Redis might count it twice. A batch that Redis has certainly not taken goes to
// PostgreSQL after `max_redis_attempts` periods, or at once if there is no Redis. It is dropped
// after `max_database_time` without success, since the ledger forgets it after a day.
//
// Loses impressions if the process is killed (those of one period), if more than `max_pairs` pairs
// of label and content wait, and in the cases above. feedctl_impressions_dropped_total counts all
// but the first.
//
// add() and set_installation(): any thread. start() and close(): one thread.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/log_throttle.hpp"
#include "metrics/metrics.hpp"
#include "views/impression_sender.hpp"

namespace feedctl::views {

class ImpressionRecorder {
 public:
  struct Options {
    redis::PoolOptions redis;  // url "": no Redis
    std::chrono::seconds dedup_ttl{900};
    std::chrono::milliseconds period{100};
    int max_redis_attempts = 5;  // before a batch goes to PostgreSQL
    std::chrono::milliseconds max_database_time = std::chrono::hours{12};
    std::size_t max_pairs = 100'000;
  };

  // The database must outlive it. Opens no connection. Error(config) for an invalid URL.
  ImpressionRecorder(store::Database& database, Options options);
  ~ImpressionRecorder();  // as close()
  ImpressionRecorder(const ImpressionRecorder&) = delete;
  ImpressionRecorder& operator=(const ImpressionRecorder&) = delete;

  // Counts one impression of each of the contents, which one request has shown; an id that stands
  // there twice counts once. Never waits for Redis or PostgreSQL.
  void add(std::string_view label, std::span<const Id> contents) noexcept;

  // With PoolOptions::wait_for_installation, Redis is not used before this call.
  void set_installation(const std::string& installation) { sender_.set_installation(installation); }

  // Starts the thread; until then counts wait.
  void start();
  // Sends what is held, and drops what cannot be sent after a few attempts. Later impressions are
  // dropped. May be called again.
  void close();

 private:
  using Counts = std::unordered_map<Id, std::int64_t>;
  struct Held {
    ImpressionBatch batch;
    int failed_attempts = 0;
    // Set: PostgreSQL may have it, so Redis must not get it.
    std::optional<ImpressionBatch::Clock::time_point> for_database_since = {};

    bool is_fresh() const { return !batch.in_doubt_since && !for_database_since; }
  };
  using HeldBatches = std::vector<Held>;

  void count(std::string_view label, std::span<const Id> contents);
  // The number of those that had room.
  std::size_t count_locked(std::string_view label, std::span<const Id> contents);
  void run();
  void send_once(bool closing);
  void take_new(bool closing);
  void hold(const std::string& label, const Counts& counts);
  void send_to_redis(bool closing);
  void send_to_database(bool closing);
  bool should_use_database(const Held& held, bool closing) const;
  void drop_doubtful();
  HeldBatches::iterator remove(HeldBatches::iterator held, metrics::Counter& counter);
  void drop_all();

  const Options options_;
  ImpressionSender sender_;
  metrics::Counter &to_redis_, &to_database_;
  metrics::Counter &dropped_full_, &dropped_doubtful_, &dropped_closed_;
  metrics::Gauge& pending_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Counts, std::less<>> new_;  // by label; guarded by mutex_
  std::size_t new_pairs_ = 0;                       // guarded by mutex_
  bool is_closing_ = false;                         // guarded by mutex_
  std::atomic<std::size_t> held_pairs_{0};

  HeldBatches held_;  // of the thread, and of close() after it has ended
  LogThrottle log_throttle_{std::chrono::seconds{60}};
  std::thread thread_;
};

}  // namespace feedctl::views
