#include "base/log_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace feedctl::log {

namespace {

// After a batch the thread waits for more lines, so that under load few callers have to wake it.
constexpr std::chrono::milliseconds batch_delay{1};

// Starts a thread that blocks all signals.
template <typename Work>
std::thread start_thread_without_signals(Work work) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  try {
    thread = std::thread(std::move(work));
  } catch (const std::system_error&) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::write_behind() {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = start_thread_without_signals([this] { run(); });
}

void Writer::write(Level level, std::string_view lines) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
      if (write_text(lines) != 0) count_dropped(level);
      return;
    }
    if (!enqueue(level, lines)) {
      count_dropped(level);
      ++unreported_drops_;
    }
    std::swap(wake, idle_);
  }
  if (wake) work_.notify_one();
}

bool Writer::enqueue(Level level, std::string_view lines) {
  const auto max_bytes = level <= Level::info ? capacity_for_info : capacity;
  if (pending_.text.size() + in_flight_ + lines.size() > max_bytes) return false;
  pending_.text += lines;
  pending_.entries.push_back({lines.size(), level});
  ++added_;
  return true;
}

bool Writer::flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!thread_.joinable()) return true;
  const auto wanted = added_;
  ++flushing_;
  work_.notify_one();
  const bool all = done_.wait_for(lock, timeout, [&] { return delivered_ >= wanted; });
  --flushing_;
  return all;
}

void Writer::run() {
  Batch batch;
  std::unique_lock lock(mutex_);
  const auto something = [this] { return !pending_.entries.empty() || unreported_drops_ != 0; };
  for (;;) {
    idle_ = true;
    work_.wait(lock, [&] { return stopping_ || something(); });
    idle_ = false;
    if (!something()) return;
    batch.text.clear();
    batch.entries.clear();
    std::swap(batch, pending_);
    in_flight_ = batch.text.size();
    drops_to_report_ += std::exchange(unreported_drops_, 0);
    const auto until = added_;
    lock.unlock();
    write_batch(batch);
    report_losses();
    lock.lock();
    in_flight_ = 0;
    delivered_ = until;
    done_.notify_all();
    work_.wait_for(lock, batch_delay, [this] { return stopping_ || flushing_ > 0; });
  }
}

// A write of at most this size to a pipe is atomic.
void Writer::write_batch(const Batch& batch) {
  std::string_view text = batch.text;
  for (std::size_t first = 0; first < batch.entries.size();) {
    std::size_t size = 0, end = first;
    do {
      size += batch.entries[end++].size;
    } while (end < batch.entries.size() && size + batch.entries[end].size <= PIPE_BUF);
    if (const int error = write_text(text.substr(0, size)); error != 0) {
      error_ = error;
      failures_to_report_ += end - first;
      for (auto i = first; i < end; ++i) count_dropped(batch.entries[i].level);
    }
    text.remove_prefix(size);
    first = end;
  }
}

void Writer::report_losses() {
  const auto tell = [this](std::uint64_t& lines, const char* one, const char* many,
                           std::string_view what) {
    if (lines == 0) return;
    auto text = std::to_string(lines) + (lines == 1 ? one : many);
    if (write_text(notice_(text.append(what))) == 0) lines = 0;
  };
  tell(drops_to_report_, " line of the log was", " lines of the log were",
       " dropped, since its reader did not keep up");
  tell(failures_to_report_, " line of the log", " lines of the log",
       std::string(" could not be written: ") + std::strerror(error_));
}

// 0, or the error of the failed write.
int Writer::write_text(std::string_view text) {
  if (partial_line_) {
    if (const int error = write_all("\n"); error != 0) return error;
    partial_line_ = false;
  }
  return write_all(text);
}

int Writer::write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd_, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      partial_line_ = !text.empty();
    } else if (written < 0 && errno == EAGAIN) {  // another process set O_NONBLOCK
      pollfd waiting{fd_, POLLOUT, 0};
      ::poll(&waiting, 1, 1000);
    } else if (written == 0 || errno != EINTR) {
      return written == 0 ? EIO : errno;
    }
  }
  return 0;
}

}  // namespace feedctl::log
