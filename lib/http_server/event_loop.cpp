#include "http_server/event_loop.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/failpoint.hpp"

namespace feedctl::http {

namespace {

constexpr int max_wait_ms = 1000;
constexpr int paused_wait_ms = 50;
constexpr std::size_t read_size = 64 * 1024;
// Other requests wait for a round: a crowd of uploads must not make it long.
constexpr std::size_t max_file_bytes_per_round = 4 * read_size;

// The subject is the number of the loop's ping.
const failpoint::Point loop_ping{"http.loop"};

// sendfile() to a client that is gone would end the process: it has no MSG_NOSIGNAL.
void block_sigpipe() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

EventLoop::EventLoop(ServerContext& context, std::unique_ptr<Listener> listener)
    : context_(context),
      limits_(context.options.limits),
      listener_(std::move(listener)),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      buffer_(read_size) {
  // Edge-triggered, so the counter is never read: every write is an edge.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (epoll_fd_ < 0 || wake_fd_ < 0 ||
      ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) < 0) {
    throw Error(ErrorCode::unavailable, "cannot set up an event loop")
        .with_detail(std::strerror(errno));
  }
  if (listener_) listener_->start_watching(epoll_fd_);
}

EventLoop::~EventLoop() {
  join();
  while (!connections_.empty()) {
    auto& c = *connections_.begin()->first;  // no exchange is in flight any more
    if (c.phase == Connection::Phase::handling) c.phase = Connection::Phase::reading;
    if (c.phase == Connection::Phase::closed)
      destroy(c);
    else
      close(c);
  }
  for (const auto& accepted : inbox_.accepted) {
    ::close(accepted.fd);
    context_.telemetry.add_connections(-1);
  }
  listener_.reset();
  if (wake_fd_ >= 0) ::close(wake_fd_);
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

void EventLoop::start() {
  thread_ = std::thread([this] { run(); });
}

void EventLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void EventLoop::run() {
  block_sigpipe();
  while (!stopping_) {
    file_bytes_left_ = max_file_bytes_per_round;
    poll_events();
    process_inbox();
    fire_timers();
    if (listener_) listener_->resume_if_due(now_);
    take_turns();
    submit_pending();
    pending_delete_.clear();
  }
}

int EventLoop::poll_timeout_ms() const {
  if (!ready_.empty() || !pending_tasks_.empty()) return 0;
  int ms = listener_ && listener_->is_paused() ? paused_wait_ms : max_wait_ms;
  if (!timers_.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    if (left.count() < ms) ms = left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }
  return ms;
}

void EventLoop::poll_events() {
  int timeout = poll_timeout_ms();
  {
    const std::lock_guard lock(mutex_);
    if (!inbox_.is_empty()) timeout = 0;
    asleep_ = timeout != 0;
  }
  std::array<epoll_event, 256> events;
  const int n = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), timeout);
  if (timeout != 0) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
  }
  now_ = Clock::now();
  for (int i = 0; i < n; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) continue;  // only a wake-up
    if (event.data.ptr == listener_.get())
      accept();
    else
      on_event(*static_cast<Connection*>(event.data.ptr), event.events);
  }
}

void EventLoop::wake_locked(std::unique_lock<std::mutex>& lock) {
  const bool was_asleep = asleep_;
  asleep_ = false;
  lock.unlock();
  if (!was_asleep) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void EventLoop::adopt(AcceptedSocket accepted) {
  std::unique_lock lock(mutex_);
  inbox_.accepted.push_back(std::move(accepted));
  wake_locked(lock);
}

void EventLoop::post_completion(std::unique_ptr<Exchange> exchange) {
  std::unique_lock lock(mutex_);
  const bool wakes_loop = exchange->wake_loop;
  inbox_.completed.push_back(std::move(exchange));
  if (wakes_loop) wake_locked(lock);  // else the client's next request wakes it
}

void EventLoop::post_control(ControlMessage message) {
  std::unique_lock lock(mutex_);
  inbox_.control_messages.push_back(message);
  wake_locked(lock);
}

void EventLoop::process_inbox() {
  Inbox taken;
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken, inbox_);
  }
  for (auto& accepted : taken.accepted) open(std::move(accepted));
  for (auto& exchange : taken.completed) on_task_completed(std::move(exchange));
  for (const auto message : taken.control_messages) on_control(message);
  for (const auto& stream : taken.ready_streams) on_stream_ready(stream);
}

void EventLoop::on_control(ControlMessage message) {
  if (message == ControlMessage::stop) {
    stopping_ = true;
    return;
  }
  if (message == ControlMessage::ping) {
    loop_ping.hit(static_cast<std::int64_t>(++ping_count_));
    return;
  }
  if (message == ControlMessage::drain && listener_) {
    // Connections in the backlog are still served.
    while (!listener_->is_paused() && context_.connection_count < limits_.max_connections) {
      const auto before = context_.connection_count.load();
      accept();
      if (context_.connection_count == before) break;
    }
    listener_->close();
    context_.listening = false;
  }
  std::vector<Connection*> all;
  for (const auto& [connection, owner] : connections_) all.push_back(connection);
  for (auto* c : all) {
    if (message == ControlMessage::close_all) {
      close(*c);
    } else if (c->phase == Connection::Phase::streaming) {
      finish_stream(*c);
    } else if (c->is_idle()) {
      await_input(*c);  // with a shorter deadline
    } else if (c->phase == Connection::Phase::handling) {
      c->in_flight->wake_loop = true;  // the connection may be idle then
    }
  }
}

void EventLoop::accept() {
  const auto open_now = context_.connection_count.load();
  const auto room = open_now < limits_.max_connections ? limits_.max_connections - open_now : 0;
  if (room == 0) return listener_->pause(now_);
  for (auto& accepted : listener_->accept(room)) {
    ++context_.connection_count;
    context_.telemetry.add_connections(1);
    auto& loop = *context_.loops[next_loop_++ % context_.loops.size()];
    if (&loop == this)
      open(std::move(accepted));
    else
      loop.adopt(std::move(accepted));
  }
}

void EventLoop::open(AcceptedSocket accepted) {
  auto connection = std::make_unique<Connection>(
      accepted.fd, std::move(accepted.peer),
      RequestParser(limits_, context_.hosts, &context_.body_spool, &context_.router));
  auto* c = connection.get();
  connections_.emplace(c, std::move(connection));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = c;
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, c->fd, &event) < 0) return close(*c);
  await_input(*c);
}

}  // namespace feedctl::http
