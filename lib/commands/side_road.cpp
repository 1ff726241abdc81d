#include "commands/side_road.hpp"

#include <system_error>

#include "base/log.hpp"
#include "commands/refusal.hpp"

namespace feedctl::commands {

namespace {

constexpr std::size_t most_threads = 4;
constexpr std::size_t most_locked = 1000;  // objects that are remembered
constexpr std::chrono::seconds locked_for{1};

// Whether it was a key that others held, not the object. The server has no field for it; but the
// relation's name is the same in whatever language the message is.
bool about_a_key(const store::SqlError& error) {
  return error.detail().find("idempotency_keys") != std::string::npos;
}

}  // namespace

void SideRoad::take(Batch batch) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(batch.rows, [&](auto& row) { return enter(row); });
  }
  ready_.notify_all();
  fail(batch, too_busy());
}

void SideRoad::take_locked(Batch& batch) {
  Batch over;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    if (locked_.empty()) return;
    const auto now = Clock::now();
    std::erase_if(locked_, [&](const auto& one) { return one.second <= now; });
    std::erase_if(batch.rows, [&](auto& row) {
      if (locked_.count(row.front()->object) == 0) return false;
      any = true;
      if (!enter(row)) over.rows.push_back(std::move(row));
      return true;
    });
  }
  if (any) ready_.notify_all();
  fail(over, too_busy());
}

// With the lock held. False: some are left in the row. Those who wait for one object leave room in
// the lane for the others.
bool SideRoad::enter(SharedRow& row) {
  const auto object = row.front()->object;
  const bool fresh = groups_.count(object) == 0;
  if (!staffed(turns_.size() + (fresh ? 1 : 0))) return false;
  auto& group = groups_[object];
  if (!fresh && group.size() >= options_.waiting / 4) return false;
  if (fresh) turns_.push_back(object);
  waiting_ -= group.size();
  std::erase_if(row, [&](const auto& waiting) { return group.push(waiting); });
  waiting_ += group.size();
  return row.empty();
}

// With the lock held. Whether there is anybody to take so many turns; where no thread can be had,
// those there are do.
bool SideRoad::staffed(std::size_t turns) {
  if (idle_ >= turns || threads_.size() >= most_threads) return true;
  try {
    threads_.emplace_back([this] { work(); });
    ++idle_;
  } catch (const std::system_error& error) {
    log::warning("no thread can be had for commands that have failed", {{"error", error.what()}});
  }
  return !threads_.empty();
}

std::size_t SideRoad::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void SideRoad::note_locked(Id object) {
  const std::lock_guard lock(mutex_);
  if (locked_.size() < most_locked) locked_[object] = Clock::now() + locked_for;
}

// A thread counts as idle until it has its first turn.
void SideRoad::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [&] { return closing_ || !turns_.empty(); });
    if (turns_.empty()) return;
    --idle_;
    const auto object = turns_.front();
    turns_.pop_front();
    auto& group = groups_.at(object);
    const auto before = group.size();
    auto batch = group.take(options_.batch);
    waiting_ -= before - group.size();
    lock.unlock();
    carry(std::move(batch));
    lock.lock();
    if (groups_.at(object).empty())
      groups_.erase(object);
    else
      turns_.push_back(object);
    ++idle_;
  }
}

void SideRoad::carry(Batch batch) {
  for (int attempt = 1;; ++attempt) {
    batch.forget_answered();
    if (batch.rows.empty()) return;
    const auto began = Clock::now();
    try {
      return answer(batch, database_.command(query_, params_of(batch)), options_.after);
    } catch (const store::SqlError& error) {
      if (remedy_of(error) != Remedy::again || attempt == most_attempts) {
        return refused(std::move(batch), error);
      }
    } catch (const Error& error) {
      if (attempt > 1) return fail(batch, error);
      batch.in_doubt(began);
    } catch (const std::exception& error) {
      return fail(batch, broken(error));
    }
  }
}

void SideRoad::refused(Batch batch, const store::SqlError& error) {
  const bool locked = error.sqlstate() == "55P03";
  if (locked && !about_a_key(error)) {
    note_locked(batch.rows.front().front()->object);
    return fail(batch, error);
  }
  if (batch.rows.size() == 1 || remedy_of(error) == Remedy::none) return fail(batch, error);
  for (auto& part : one_by_one(std::move(batch))) carry(std::move(part));
}

void SideRoad::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace feedctl::commands
