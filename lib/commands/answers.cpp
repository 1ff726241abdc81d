#include "commands/answers.hpp"

namespace feedctl::commands {

void Answers::take(Batch batch, store::Result rows) {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    waiting_.push_back({std::move(batch), std::move(rows)});
  }
  come_.notify_one();
}

void Answers::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    come_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto carried = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    answer(carried.batch, carried.rows, after_);
    lock.lock();
  }
}

void Answers::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  come_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace feedctl::commands
