#include "store/socket_deadlines.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::store {

namespace {

constexpr std::chrono::milliseconds check_interval{100};

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

SocketDeadlines& SocketDeadlines::instance() {
  static SocketDeadlines deadlines;
  return deadlines;
}

void SocketDeadlines::run() {
  auto lock = thread_.lock();
  while (thread_.wait(lock, [this] { return !entries_.empty(); })) {
    thread_.sleep_for(lock, check_interval);
    const auto now = now_ns();
    for (auto* entry : entries_) {
      if (now < entry->deadline_ns_) continue;
      entry->stop();
      ::shutdown(entry->descriptor_, SHUT_RDWR);
      log::warning("the database did not answer in time, its connection is cut");
    }
  }
}

SocketDeadlines::Entry::Entry(SocketDeadlines& owner, int socket)
    : owner_(owner), descriptor_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor_ < 0) {
    throw Error(ErrorCode::unavailable, "the database cannot be reached")
        .with_detail(std::string("a connection cannot be watched: ") + std::strerror(errno))
        .with_retry_after(std::chrono::seconds{1});
  }
  {
    const auto lock = owner_.thread_.lock();
    owner_.entries_.insert(this);
  }
  owner_.thread_.wake();
}

SocketDeadlines::Entry::~Entry() {
  {
    const auto lock = owner_.thread_.lock();
    owner_.entries_.erase(this);
  }
  ::close(descriptor_);
}

void SocketDeadlines::Entry::start(std::chrono::milliseconds limit) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(limit).count();
  deadline_ns_ = ns == 0 ? never : now_ns() + ns;
}

}  // namespace feedctl::store
