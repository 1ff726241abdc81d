#include "loadtest/generator.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t buffer_size = 64 * 1024;
constexpr Clock::duration max_drain_after_stop = 2s;
constexpr Clock::duration source_retry = 10ms;
// Also the longest time without a look at `should_stop`.
constexpr Clock::duration max_sweep_interval = 50ms;

Clock::duration sweep_interval(Clock::duration timeout) {
  return std::clamp<Clock::duration>(timeout / 50, 1ms, max_sweep_interval);
}

std::chrono::nanoseconds thread_cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto to_time = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return to_time(usage.ru_utime) + to_time(usage.ru_stime);
}

}  // namespace

Generator::Generator(const GeneratorOptions& options, ArrivalCursor arrivals, RequestSource& source,
                     Recorder& recorder)
    : options_(options),
      arrivals_(arrivals),
      source_(source),
      recorder_(recorder),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      queue_(options.max_waiting),
      drain_until_(options.end + options.timeout),
      buffer_(buffer_size) {
  if (!epoll_.is_open()) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  connections_.reserve(options.connections);
  for (std::uint32_t i = 0; i < options.connections; ++i)
    connections_.emplace_back(i, options.max_response);
  free_.reserve(options.connections);
  idle_.reserve(options.connections);
  for (auto i = static_cast<std::uint32_t>(options.connections); i > 0; --i) free_.push_back(i - 1);
  if (const auto first = arrivals_.next()) next_arrival_ = options.start + *first;
}

void Generator::run(const std::atomic<bool>& should_stop) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // timers of this thread are 50 us late otherwise
  now_ = Clock::now();
  for (;;) {
    if (should_stop.load(std::memory_order_relaxed)) stop_arrivals();
    sample_cpu();
    admit_arrivals(now_ + 1ns);
    dispatch();
    sweep();
    if (is_over()) break;
    wait();
  }
  abandon_rest();
  recorder_.finish(in_flight());
}

void Generator::admit_arrivals(Clock::time_point before) {
  while (next_arrival_ && *next_arrival_ < before) {
    if (!queue_.push(*next_arrival_)) recorder_.skip(*next_arrival_);
    const auto next = arrivals_.next();
    next_arrival_ = next ? std::optional(options_.start + *next) : std::nullopt;
  }
}

bool Generator::has_due() const {
  if (!options_.is_closed) return !queue_.is_empty();
  return now_ >= options_.start && now_ < options_.end && now_ >= source_retry_at_;
}

void Generator::dispatch() {
  while (has_due() && !idle_.empty()) {
    auto& connection = connections_[idle_.back()];
    idle_.pop_back();
    start_next(connection);
  }
  if (!has_due()) return;
  open_spare_connections();
  fail_unreachable();
}

void Generator::open_spare_connections() {
  while (!free_.empty() && now_ >= reconnect_at_) {
    if (!options_.is_closed && connecting_ >= queue_.size()) return;
    auto& connection = connections_[free_.back()];
    if (open(connection))
      ++connecting_;
    else
      on_connect_failed(connection);
  }
}

// Arrivals wait as long as a connection may become free. Without any they fail; where the network
// swallows packets, connections are tried for ever, and arrivals wait for `timeout`.
void Generator::fail_unreachable() {
  if (options_.is_closed || busy_ > 0 || !idle_.empty()) return;
  const bool is_refused = connecting_ == 0 && now_ < reconnect_at_;
  while (!queue_.is_empty() && (is_refused || queue_.front() + options_.timeout <= now_))
    fail_next(Outcome::connect_failed);
}

void Generator::sweep() {
  if (now_ < next_sweep_) return;
  next_sweep_ = now_ + sweep_interval(options_.timeout);
  for (auto& connection : connections_) {
    const bool is_waiting = connection.state == Connection::State::connecting ||
                            connection.state == Connection::State::busy;
    if (!is_waiting || now_ < connection.deadline) continue;
    if (connection.state == Connection::State::connecting) {
      on_connect_failed(connection);
    } else {
      close(connection);
      finish(connection, Outcome::timed_out);
    }
  }
}

void Generator::stop_arrivals() {
  if (is_stopped_) return;
  is_stopped_ = true;
  next_arrival_.reset();
  options_.end = std::min(options_.end, now_);
  drain_until_ = std::min(drain_until_, now_ + std::min(options_.timeout, max_drain_after_stop));
}

void Generator::sample_cpu() {
  if (!was_cpu_begun_ && now_ >= options_.measured_from) {
    was_cpu_begun_ = true;
    cpu_begin_ = cpu_end_ = thread_cpu_time();
  }
  if (was_cpu_begun_ && !was_cpu_ended_ && now_ >= options_.end) {
    was_cpu_ended_ = true;
    cpu_end_ = thread_cpu_time();
  }
}

bool Generator::is_over() const {
  if (next_arrival_ || now_ < options_.end) return false;
  return in_flight() == 0 || now_ >= drain_until_;
}

Clock::time_point Generator::wake_time() const {
  auto until = std::min(next_sweep_, recorder_.boundary());
  if (next_arrival_) until = std::min(until, *next_arrival_);
  for (const auto time : {reconnect_at_, source_retry_at_, options_.start, options_.end}) {
    if (time > now_) until = std::min(until, time);
  }
  return until;
}

void Generator::wait() {
  const auto left = std::max<Clock::duration>(wake_time() - now_, 0ns);
  const timespec timeout{std::chrono::duration_cast<std::chrono::seconds>(left).count(),
                         std::chrono::duration_cast<std::chrono::nanoseconds>(left % 1s).count()};
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   &timeout, nullptr);
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  now_ = Clock::now();
  if (const auto boundary = recorder_.boundary(); now_ >= boundary) {
    admit_arrivals(boundary);
    recorder_.advance(now_, in_flight());
  }
  for (int i = 0; i < count; ++i) handle(events_[static_cast<std::size_t>(i)]);
}

void Generator::abandon_rest() {
  for (auto& connection : connections_) {
    if (!connection.has_request) continue;
    close(connection);
    finish(connection, Outcome::unfinished);
  }
  while (!queue_.is_empty()) fail_next(Outcome::unfinished);
}

bool Generator::take_request(PlannedRequest& request, Clock::time_point& intended) {
  intended = options_.is_closed ? now_ : queue_.pop();
  if (source_.next(request)) return true;
  recorder_.skip(intended);
  if (options_.is_closed) source_retry_at_ = now_ + source_retry;
  return false;
}

void Generator::fail_next(Outcome outcome) {
  Answer answer;
  if (!take_request(failed_request_, answer.intended)) return;
  answer.outcome = outcome;
  answer.sent = answer.received = now_;
  conclude(failed_request_, answer);
}

void Generator::conclude(const PlannedRequest& request, Answer answer) {
  answer.outcome = source_.on_answer(request, answer);
  recorder_.record(request.operation, answer);
}

}  // namespace feedctl::loadtest
