#include "commands/command_batcher.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/backoff.hpp"
#include "commands/conflict_queue.hpp"
#include "commands/deadline_timer.hpp"
#include "commands/retry_executor.hpp"
#include "commands/retry_policy.hpp"
#include "concurrent/batch_fill.hpp"
#include "concurrent/worker_thread.hpp"
#include "metrics/metrics.hpp"
#include "store/guard.hpp"

namespace feedctl::commands {

namespace {

using namespace std::chrono_literals;

// A client that got its response often sends the next command a moment later. So the next batch
// waits for as many commands as the last one had, if that wait is short compared with a commit.

// How long the batcher retries a batch whose outcome is unknown.
constexpr auto max_outcome_retry_time = 3s;

store::Options session_options(store::Options options, const CommandBatcher::Options& batcher) {
  if (options.dry_run) throw Error(ErrorCode::internal, "a command batcher has no dry run");
  options.application_name += "." + batcher.name;
  if (options.lock_timeout.count() == 0 || options.lock_timeout > batcher.lock_timeout) {
    options.lock_timeout = batcher.lock_timeout;
  }
  // One generic plan for all batches: planning takes longer than a small batch.
  options.settings.emplace_back("plan_cache_mode", "force_generic_plan");
  options.settings.emplace_back("enable_seqscan", "off");
  return options;
}

double to_seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

struct BatchMetrics {
  explicit BatchMetrics(const std::string& name)
      : size(metrics::histogram("feedctl_batch_size", "Commands in one batch statement.",
                                {{"command", name}}, {1, 2, 5, 10, 20, 50, 100, 200, 500})),
        wait(metrics::histogram(
            "feedctl_batch_wait_seconds", "How long the oldest command of a batch had waited.",
            {{"command", name}}, {.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5})),
        pending(metrics::gauge("feedctl_batch_waiting", "Commands that wait for a statement.",
                               {{"command", name}})),
        splits(metrics::counter("feedctl_batch_splits_total", "Batches that failed and were split.",
                                {{"command", name}})),
        unknown_outcomes(metrics::counter(
            "feedctl_batch_doubts_total",
            "Batches whose outcome was unknown and that were run again.", {{"command", name}})) {}
  metrics::Histogram& size;
  metrics::Histogram& wait;
  metrics::Gauge& pending;
  metrics::Counter& splits;
  metrics::Counter& unknown_outcomes;
};

}  // namespace

class CommandBatcher::Impl {
 public:
  Impl(store::Database& database, const store::Query& query, Options options)
      : options_(std::move(options)),
        query_(query),
        session_options_(session_options(database.options(), options_)),
        metrics_(options_.name),
        retry_executor_(database, query, options_) {}
  ~Impl() { close(); }

  void submit(PendingCommandPtr command) {
    {  // may throw, so before any other thread knows the command
      const auto lock = thread_.lock();
      thread_.start(lock, [this] { run(); });
    }
    if (command->deadline != Clock::time_point::max()) deadline_timer_.watch(command);
    bool wake = false, full = false, taken = false;
    {
      const auto lock = thread_.lock();
      full = thread_.is_stopping(lock) ||
             queue_.size() + retry_executor_.pending_count() >= options_.max_pending;
      taken = !full && queue_.push(command);
      if (taken) wake = std::exchange(is_idle_, false) || fill_.is_complete(queue_.size());
    }
    if (!taken)
      command->complete(full ? too_busy_error() : blocked_error(command->key.has_value()));
    if (wake) thread_.wake();
  }

  void close() {
    thread_.stop();
    retry_executor_.close();
    deadline_timer_.close();
  }

 private:
  void run() {
    auto lock = thread_.lock();
    for (;;) {
      is_idle_ = queue_.empty();
      thread_.wait(lock, [&] { return !queue_.empty(); });
      if (queue_.empty()) return;
      fill_.wait(thread_, lock, [&] { return queue_.size(); });
      auto batch = queue_.take_batch(options_.max_batch);
      const auto left = queue_.size();
      lock.unlock();
      metrics_.pending.set(static_cast<double>(left));
      retry_executor_.divert_locked(batch);
      if (!batch.rows.empty()) {
        record_metrics(batch);
        execute_batch(std::move(batch));
      }
      lock.lock();
    }
  }

  void expect_clients_back(const Batch& batch, Clock::duration took) {
    const auto lock = thread_.lock();
    const auto waiting = std::min(queue_.size(), options_.max_batch - batch.rows.size());
    fill_.on_batch(batch.rows.size(), waiting, took);
  }

  void record_metrics(const Batch& batch) {
    metrics_.size.observe(static_cast<double>(batch.rows.size()));
    metrics_.wait.observe(to_seconds(Clock::now() - batch.rows.front().front()->enqueued_at));
  }

  // Until each command is complete or has gone to the retry executor.
  void execute_batch(Batch batch) {
    std::optional<Clock::time_point> unknown_since;
    for (int attempt = 1;; ++attempt) {
      batch.drop_completed();
      if (batch.rows.empty()) return;
      const auto began = Clock::now();
      try {
        store::require_writes_open();
        const auto rows = session().run(query_, to_params(batch));
        expect_clients_back(batch, Clock::now() - began);
        return complete_all(batch, rows, options_.after_batch);
      } catch (const Error& error) {
        const auto* sql = dynamic_cast<const store::SqlError*>(&error);
        const bool cut = session_ && !session_->is_usable();
        if (cut) {
          metrics_.unknown_outcomes.add();
          if (!unknown_since) unknown_since = began;
          batch.mark_outcome_unknown(*unknown_since);
          session_.reset();
        }
        if (unknown_since && (cut || sql == nullptr)) {
          // The statement may have committed; it is idempotent, so it runs again.
          if (Clock::now() - *unknown_since > max_outcome_retry_time) return fail_all(batch, error);
          if (!session_ && attempt > 1) std::this_thread::sleep_for(full_jitter(1, 25ms, 50ms));
          continue;
        }
        if (sql == nullptr) return fail_all(batch, error);
        const auto action = retry_action_for(*sql);
        if (action == RetryAction::retry && attempt < max_batch_attempts) continue;
        if (action == RetryAction::give_up) return fail_all(batch, error);
        metrics_.splits.add();
        return retry_executor_.requeue(std::move(batch));
      } catch (const std::exception& error) {
        return fail_all(batch, internal_error(error));
      }
    }
  }

  store::Session& session() {
    if (session_ && !session_->is_usable()) session_.reset();
    if (!session_) session_.emplace(session_options_);
    return *session_;
  }

  const Options options_;
  const store::Query query_;
  const store::Options session_options_;
  BatchMetrics metrics_;
  RetryExecutor retry_executor_;
  DeadlineTimer deadline_timer_;
  ConflictQueue queue_;
  bool is_idle_ = false;
  concurrent::BatchFill fill_;
  std::optional<store::Session> session_;  // belongs to the batcher's thread
  concurrent::WorkerThread thread_;
};

CommandBatcher::CommandBatcher(store::Database& database, const store::Query& query,
                               Options options)
    : impl_(std::make_unique<Impl>(database, query, std::move(options))) {}
CommandBatcher::~CommandBatcher() = default;

void CommandBatcher::submit(Id actor, Id object, const Command& command, OnOutcome done) {
  auto pending = std::make_shared<PendingCommand>();
  pending->actor = actor;
  pending->object = object;
  pending->key = command.key;
  pending->deadline = command.deadline.at();
  pending->enqueued_at = Clock::now();
  pending->on_outcome = std::move(done);
  impl_->submit(std::move(pending));
}

Reply CommandBatcher::execute(Id actor, Id object, const Command& command) {
  std::mutex mutex;
  std::condition_variable completed;
  std::optional<Outcome> outcome;
  submit(actor, object, command, [&](Outcome got) {
    const std::lock_guard lock(mutex);  // held while notifying: the waiter destroys both
    outcome = std::move(got);
    completed.notify_one();
  });
  std::unique_lock lock(mutex);
  completed.wait(lock, [&] { return outcome.has_value(); });
  return reply_or_throw(*outcome);
}

const Reply& reply_or_throw(const Outcome& outcome) {
  if (const auto* error = std::get_if<Error>(&outcome)) throw *error;
  return std::get<Reply>(outcome);
}

void CommandBatcher::close() {
  impl_->close();
}

}  // namespace feedctl::commands
