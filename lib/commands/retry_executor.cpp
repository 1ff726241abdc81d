#include "commands/retry_executor.hpp"

#include <system_error>

#include "base/log.hpp"
#include "commands/retry_policy.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::commands {

namespace {

constexpr std::size_t max_threads = 4;
constexpr std::size_t max_locked_objects = 1000;  // further ones are not recorded
constexpr std::chrono::seconds locked_ttl{1};

// Whether a lock on a key timed out, not one on the object. The server has no field for it, but
// every translation of the message contains the relation's name.
bool is_key_lock_timeout(const store::SqlError& error) {
  return error.detail().find("idempotency_keys") != std::string::npos;
}

}  // namespace

void RetryExecutor::Refused::complete() const {
  for (const auto& command : by_full_queue) command->complete(too_busy_error());
  for (const auto& command : as_blocked) command->complete(blocked_error(command->key.has_value()));
}

void RetryExecutor::requeue(Batch batch) {
  Refused refused;
  {
    const std::lock_guard lock(mutex_);
    for (auto& row : batch.rows) enqueue(std::move(row), refused);
  }
  work_available_.notify_all();
  refused.complete();
}

void RetryExecutor::divert_locked(Batch& batch) {
  Refused refused;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    if (locked_until_.empty()) return;
    const auto now = Clock::now();
    std::erase_if(locked_until_, [&](const auto& one) { return one.second <= now; });
    std::erase_if(batch.rows, [&](auto& row) {
      if (locked_until_.count(row.front()->object) == 0) return false;
      any = true;
      enqueue(std::move(row), refused);
      return true;
    });
  }
  if (any) work_available_.notify_all();
  refused.complete();
}

// Called with the lock held. One object gets at most a quarter of the queue.
void RetryExecutor::enqueue(SharedRow row, Refused& refused) {
  const auto refuse = [](SharedRow& reason, auto& commands) {
    reason.insert(reason.end(), commands.begin(), commands.end());
  };
  const auto object = row.front()->object;
  const bool fresh = queues_by_object_.count(object) == 0;
  if (!ensure_threads(runnable_.size() + (fresh ? 1 : 0)))
    return refuse(refused.by_full_queue, row);
  auto& group = queues_by_object_[object];
  if (!fresh && group.size() >= options_.max_pending / 4) return refuse(refused.by_full_queue, row);
  if (fresh) runnable_.push_back(object);
  pending_count_ -= group.size();
  std::erase_if(row, [&](const auto& command) { return group.push(command); });
  pending_count_ += group.size();
  refuse(refused.as_blocked, row);
}

// Called with the lock held. If no thread can be started, the running ones are enough. False if
// there is none at all.
bool RetryExecutor::ensure_threads(std::size_t needed) {
  if (idle_threads_ >= needed || threads_.size() >= max_threads) return true;
  try {
    threads_.emplace_back([this] { worker_loop(); });
    ++idle_threads_;
  } catch (const std::system_error& error) {
    log::warning("cannot start a thread for commands to be retried", {{"error", error.what()}});
  }
  return !threads_.empty();
}

std::size_t RetryExecutor::pending_count() const {
  const std::lock_guard lock(mutex_);
  return pending_count_;
}

void RetryExecutor::mark_locked(Id object) {
  const std::lock_guard lock(mutex_);
  if (locked_until_.size() < max_locked_objects) locked_until_[object] = Clock::now() + locked_ttl;
}

// A new thread counts as idle until it takes its first batch.
void RetryExecutor::worker_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_available_.wait(lock, [&] { return is_closing_ || !runnable_.empty(); });
    if (runnable_.empty()) return;
    --idle_threads_;
    const auto object = runnable_.front();
    runnable_.pop_front();
    auto& group = queues_by_object_.at(object);
    const auto before = group.size();
    auto batch = group.take_batch(options_.max_batch);
    pending_count_ -= before - group.size();
    lock.unlock();
    execute_batch(std::move(batch));
    lock.lock();
    if (queues_by_object_.at(object).empty())
      queues_by_object_.erase(object);
    else
      runnable_.push_back(object);
    ++idle_threads_;
  }
}

void RetryExecutor::execute_batch(Batch batch) {
  for (int attempt = 1;; ++attempt) {
    batch.drop_completed();
    if (batch.rows.empty()) return;
    const auto began = Clock::now();
    try {
      return complete_all(batch, database_.execute(query_, to_params(batch)), options_.after_batch);
    } catch (const store::SqlError& error) {
      if (retry_action_for(error) != RetryAction::retry || attempt == max_batch_attempts) {
        return handle_failure(std::move(batch), error);
      }
    } catch (const Error& error) {
      if (attempt > 1) return fail_all(batch, error);
      batch.mark_outcome_unknown(began);
    } catch (const std::exception& error) {
      return fail_all(batch, internal_error(error));
    }
  }
}

void RetryExecutor::handle_failure(Batch batch, const store::SqlError& error) {
  const bool locked = error.sqlstate() == store::sqlstate::lock_not_available;
  if (locked && !is_key_lock_timeout(error)) {
    mark_locked(batch.rows.front().front()->object);
    return fail_all(batch, error);
  }
  if (batch.rows.size() == 1 || retry_action_for(error) == RetryAction::give_up)
    return fail_all(batch, error);
  for (auto& part : split_rows(std::move(batch))) execute_batch(std::move(part));
}

void RetryExecutor::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  work_available_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace feedctl::commands
