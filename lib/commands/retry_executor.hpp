#pragma once
// Runs the commands of a failed batch again, so that the batcher can go on. The commands of one
// object share a statement on a pool connection, one statement an object at a time. If that fails
// too, they run one by one. Thread-safe; the first failure starts its threads, at most four.
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "commands/conflict_queue.hpp"

namespace feedctl::commands {

class RetryExecutor {
 public:
  RetryExecutor(store::Database& database, const store::Query& query,
                const CommandBatcher::Options& options)
      : database_(database), query_(query), options_(options) {}
  ~RetryExecutor() { close(); }
  RetryExecutor(const RetryExecutor&) = delete;
  RetryExecutor& operator=(const RetryExecutor&) = delete;

  void requeue(Batch batch);
  // Takes the commands of the batch whose objects were locked a moment ago.
  void divert_locked(Batch& batch);
  std::size_t pending_count() const;
  // Runs the commands that wait, then stops.
  void close();

 private:
  // Commands that found no place: the queue is full, or their users have too many blocked ones.
  struct Refused {
    SharedRow by_full_queue, as_blocked;
    void complete() const;
  };
  void enqueue(SharedRow row, Refused& refused);
  bool ensure_threads(std::size_t needed);
  void worker_loop();
  void execute_batch(Batch batch);
  void handle_failure(Batch batch, const store::SqlError& error);
  void mark_locked(Id object);

  store::Database& database_;
  const store::Query query_;
  const CommandBatcher::Options options_;
  mutable std::mutex mutex_;
  std::condition_variable work_available_;
  std::map<Id, ConflictQueue> queues_by_object_;  // waiting or running
  std::deque<Id> runnable_;                       // those of them that no thread runs
  std::map<Id, Clock::time_point> locked_until_;  // until when they count as locked
  std::size_t pending_count_ = 0;
  std::size_t idle_threads_ = 0;
  bool is_closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::commands
