#include "store/watchdog.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::store {

namespace {

constexpr std::chrono::milliseconds period{100};

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

Watchdog& Watchdog::instance() {
  static Watchdog dog;
  return dog;
}

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    // Sleeps for good while nothing is watched; a new watch wakes it.
    if (watches_.empty()) {
      stopped_.wait(lock, [this] { return stop_ || !watches_.empty(); });
      continue;
    }
    stopped_.wait_for(lock, period, [this] { return stop_; });
    const auto now = now_ns();
    for (auto* watch : watches_) {
      if (now < watch->until_) continue;
      watch->stop();
      ::shutdown(watch->descriptor_, SHUT_RDWR);
      log::warning("the database did not answer in time, its connection is cut");
    }
  }
}

Watchdog::Watch::Watch(Watchdog& dog, int socket)
    : dog_(dog), descriptor_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor_ < 0) {
    throw Error(ErrorCode::unavailable, "the database cannot be reached")
        .with_detail(std::string("a connection cannot be watched: ") + std::strerror(errno))
        .with_retry_after(std::chrono::seconds{1});
  }
  {
    const std::lock_guard lock(dog_.mutex_);
    dog_.watches_.insert(this);
  }
  dog_.stopped_.notify_all();
}

Watchdog::Watch::~Watch() {
  {
    const std::lock_guard lock(dog_.mutex_);
    dog_.watches_.erase(this);
  }
  ::close(descriptor_);
}

void Watchdog::Watch::start(std::chrono::milliseconds limit) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(limit).count();
  until_ = ns == 0 ? never : now_ns() + ns;
}

}  // namespace feedctl::store
