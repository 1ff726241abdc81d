#include "http/loop.hpp"

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

constexpr int longest_wait_ms = 1000;
constexpr int paused_wait_ms = 50;
constexpr std::size_t read_size = 64 * 1024;

}  // namespace

Loop::Loop(Front& front, std::unique_ptr<Listener> listener)
    : front_(front),
      limits_(front.options.limits),
      listener_(std::move(listener)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      buffer_(read_size) {
  // Edge-triggered, so the counter is never read: every write is an edge.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (epoll_ < 0 || wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) < 0) {
    throw Error(ErrorCode::unavailable, "cannot set up an event loop")
        .with_detail(std::strerror(errno));
  }
  if (listener_) listener_->watch(epoll_);
}

Loop::~Loop() {
  join();
  while (!connections_.empty()) {
    auto& c = *connections_.begin()->first;  // nothing is away any more
    if (c.phase == Connection::Phase::handling) c.phase = Connection::Phase::reading;
    if (c.phase == Connection::Phase::closed)
      bury(c);
    else
      close(c);
  }
  for (const auto& accepted : inbox_.accepted) {
    ::close(accepted.fd);
    front_.observer.connections(-1);
  }
  listener_.reset();
  if (wake_ >= 0) ::close(wake_);
  if (epoll_ >= 0) ::close(epoll_);
}

void Loop::start() {
  thread_ = std::thread([this] { run(); });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

void Loop::run() {
  while (!stopping_) {
    wait();
    take_inbox();
    fire_timers();
    if (listener_) listener_->resume_if_due(now_);
    std::vector<Connection*> turns;
    turns.swap(again_);
    for (auto* c : turns) {
      c->queued = false;
      advance(*c);
    }
    submit();
    gone_.clear();
  }
}

int Loop::wait_time() const {
  if (!again_.empty() || !jobs_.empty()) return 0;
  int ms = listener_ && listener_->paused() ? paused_wait_ms : longest_wait_ms;
  if (!timers_.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    if (left.count() < ms) ms = left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }
  return ms;
}

void Loop::wait() {
  int timeout = wait_time();
  {
    const std::lock_guard lock(mutex_);
    if (!inbox_.empty()) timeout = 0;
    asleep_ = timeout != 0;
  }
  std::array<epoll_event, 256> events;
  const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
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

void Loop::wake_locked(std::unique_lock<std::mutex>& lock) {
  const bool sleeps = asleep_;
  asleep_ = false;
  lock.unlock();
  if (!sleeps) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void Loop::adopt(Accepted accepted) {
  std::unique_lock lock(mutex_);
  inbox_.accepted.push_back(std::move(accepted));
  wake_locked(lock);
}

void Loop::complete(std::unique_ptr<Exchange> exchange) {
  std::unique_lock lock(mutex_);
  const bool awaited = exchange->awaited;
  inbox_.completed.push_back(std::move(exchange));
  if (awaited) wake_locked(lock);  // else its client's next request will
}

void Loop::order(Order order) {
  std::unique_lock lock(mutex_);
  inbox_.orders.push_back(order);
  wake_locked(lock);
}

void Loop::take_inbox() {
  Inbox taken;
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken, inbox_);
  }
  for (auto& accepted : taken.accepted) open(std::move(accepted));
  for (auto& exchange : taken.completed) give_back(std::move(exchange));
  for (const auto order : taken.orders) obey(order);
  for (const auto& stream : taken.rung) rung(stream);
}

void Loop::obey(Order order) {
  if (order == Order::stop) {
    stopping_ = true;
    return;
  }
  if (order == Order::pulse) {
    failpoint::hold("http.loop", static_cast<std::int64_t>(++pulses_));
    return;
  }
  if (order == Order::drain && listener_) {  // who waits in the backlog is still served
    while (!listener_->paused() && front_.connections < limits_.connections) {
      const auto before = front_.connections.load();
      accept();
      if (front_.connections == before) break;
    }
    listener_->close();
    front_.listening = false;
  }
  std::vector<Connection*> all;
  for (const auto& [connection, owner] : connections_) all.push_back(connection);
  for (auto* c : all) {
    if (order == Order::cut) {
      close(*c);
    } else if (c->phase == Connection::Phase::streaming) {
      finish_stream(*c);
    } else if (c->idle()) {
      rest(*c);  // with a shorter deadline
    } else if (c->phase == Connection::Phase::handling) {
      c->away->awaited = true;  // it may be idle from then on
    }
  }
}

void Loop::accept() {
  const auto open_now = front_.connections.load();
  const auto room = open_now < limits_.connections ? limits_.connections - open_now : 0;
  if (room == 0) return listener_->pause(now_);
  for (auto& accepted : listener_->accept(room)) {
    ++front_.connections;
    front_.observer.connections(1);
    auto& loop = *front_.loops[next_loop_++ % front_.loops.size()];
    if (&loop == this)
      open(std::move(accepted));
    else
      loop.adopt(std::move(accepted));
  }
}

void Loop::open(Accepted accepted) {
  auto made = std::make_unique<Connection>(accepted.fd, std::move(accepted.peer), limits_,
                                           front_.hosts, front_.body_files);
  auto* c = made.get();
  connections_.emplace(c, std::move(made));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = c;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, c->fd, &event) < 0) return close(*c);
  rest(*c);
}

}  // namespace feedctl::http
