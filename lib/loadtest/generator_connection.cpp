#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/backoff.hpp"
#include "loadtest/generator.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr auto reconnect_base = 10ms, reconnect_cap = 200ms;

UniqueFd open_socket(const http_client::SocketAddress& address) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return {};
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) return {};
  return fd;
}

bool has_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

bool must_wait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

// RFC 9110, 9.2.2: a request that may be sent again without asking the user.
bool is_safe_to_retry(std::string_view request) {
  return request.starts_with("GET ") || request.starts_with("HEAD ");
}

Outcome outcome_of(int status) {
  if ((status >= 200 && status < 300) || status == 304) return Outcome::ok;
  if (status == 429) return Outcome::throttled;
  if (status == 503) return Outcome::unavailable;
  if (status >= 400 && status < 500) return Outcome::client_error;
  if (status >= 500 && status < 600) return Outcome::server_error;
  return Outcome::unexpected;
}

}  // namespace

bool Generator::open(Connection& c) {
  c.fd = open_socket(options_.address);
  // Edge-triggered for both directions: no further epoll_ctl in the life of the connection.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = (std::uint64_t{c.generation} << 32) | c.index;
  if (!c.fd.is_open() || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, c.fd.get(), &event) != 0)
    return false;
  if (!free_.empty() && free_.back() == c.index) free_.pop_back();
  c.state = Connection::State::connecting;
  c.answers = 0;
  c.is_hung_up = false;
  if (!c.has_request) c.deadline = now_ + options_.timeout;
  return true;
}

void Generator::close(Connection& c) {
  if (c.state == Connection::State::connecting && !c.has_request) --connecting_;
  if (c.state != Connection::State::closed) free_.push_back(c.index);
  c.state = Connection::State::closed;
  c.fd.reset();
  ++c.generation;
}

void Generator::handle(const epoll_event& event) {
  auto& c = connections_[event.data.u64 & 0xffffffffU];
  if (c.generation != event.data.u64 >> 32) return;
  const bool is_hung_up = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  const bool is_readable = is_hung_up || (event.events & EPOLLIN) != 0;
  c.is_hung_up |= is_hung_up;
  switch (c.state) {
    case Connection::State::closed:
      return;
    case Connection::State::connecting:
      return on_connected(c, is_hung_up);
    case Connection::State::idle:
      if (is_readable) read_idle(c);
      return;
    case Connection::State::busy:
      // Reading comes first: it finds out that the connection is lost.
      if (is_readable) read_answer(c, c.is_hung_up);
      if (c.state == Connection::State::busy && c.written < c.request.bytes.size()) flush(c);
      return;
  }
}

void Generator::on_connected(Connection& c, bool is_hung_up) {
  if (is_hung_up || has_socket_error(c.fd.get())) return on_connect_failed(c);
  failed_connects_ = 0;
  if (c.has_request) return send_request(c);
  --connecting_;
  next_or_idle(c);
}

void Generator::on_connect_failed(Connection& c) {
  close(c);
  if (now_ >= reconnect_at_)
    reconnect_at_ = now_ + full_jitter(failed_connects_++, reconnect_base, reconnect_cap);
  if (c.has_request) return finish(c, Outcome::connect_failed);
  if (options_.is_closed && has_due()) fail_next(Outcome::connect_failed);
}

void Generator::next_or_idle(Connection& c) {
  if (has_due()) return start_next(c);
  c.state = Connection::State::idle;
  idle_.push_back(c.index);
}

void Generator::start_next(Connection& c) {
  if (!take_request(c.request, c.intended)) {
    c.state = Connection::State::idle;
    idle_.push_back(c.index);
    return;
  }
  ++busy_;
  c.has_request = true;
  c.is_retry = false;
  c.sent = now_ = Clock::now();
  if (options_.is_closed) c.intended = c.sent;
  c.deadline = now_ + options_.timeout;
  send_request(c);
}

void Generator::send_request(Connection& c) {
  c.state = Connection::State::busy;
  c.written = 0;
  c.received.clear();
  c.parser.reset(c.request.is_head);
  flush(c);
}

void Generator::flush(Connection& c) {
  while (c.written < c.request.bytes.size()) {
    const auto sent = ::send(c.fd.get(), c.request.bytes.data() + c.written,
                             c.request.bytes.size() - c.written, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    // A server that refuses a body may have answered before it closed the connection.
    if (sent < 0) return must_wait(errno) ? void() : read_answer(c, true);
    c.written += static_cast<std::size_t>(sent);
  }
}

// A server that closes an idle connection, or one that speaks without a question.
void Generator::read_idle(Connection& c) {
  const auto count = ::recv(c.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (must_wait(errno) || errno == EINTR)) return;
  std::erase(idle_, c.index);
  close(c);
}

void Generator::read_answer(Connection& c, bool is_hung_up) {
  for (;;) {
    const auto count = ::recv(c.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return must_wait(errno) ? void() : on_lost(c);
    if (count == 0) return on_end_of_stream(c);
    const auto size = static_cast<std::size_t>(count);
    if (take_bytes(c, {buffer_.data(), size})) return;
    // A short read has emptied the socket (epoll(7)); a hang-up is told once.
    if (size < buffer_.size() && !is_hung_up) return;
  }
}

// True: the request has its outcome.
bool Generator::take_bytes(Connection& c, std::string_view bytes) {
  const bool is_first = c.received.empty();
  const std::string_view all = is_first ? bytes : c.received.append(bytes);
  switch (c.parser.parse(all)) {
    case ParseState::complete:
      on_complete(c, all.size());
      return true;
    case ParseState::needs_more:
      if (is_first) c.received.assign(bytes);
      return false;
    case ParseState::malformed:
      break;
  }
  now_ = Clock::now();
  close(c);
  finish(c, Outcome::malformed);
  return true;
}

void Generator::on_end_of_stream(Connection& c) {
  if (c.received.empty()) return on_lost(c);
  if (c.parser.end_of_stream(c.received) == ParseState::complete)
    return on_complete(c, c.received.size());
  on_lost(c);
}

void Generator::on_complete(Connection& c, std::size_t received) {
  now_ = Clock::now();
  const int status = c.parser.status();
  const bool is_reusable = c.parser.is_keep_alive() && c.parser.consumed() == received &&
                           c.written == c.request.bytes.size() && !c.is_hung_up && status != 101;
  ++c.answers;
  finish(c, outcome_of(status));
  if (is_reusable) return next_or_idle(c);
  close(c);
}

// A server may close an idle connection at the moment at which the request goes out.
void Generator::on_lost(Connection& c) {
  now_ = Clock::now();
  const bool may_retry =
      c.answers > 0 && !c.is_retry && c.received.empty() && is_safe_to_retry(c.request.bytes);
  close(c);
  if (!may_retry) return finish(c, Outcome::connection_lost);
  c.is_retry = true;
  if (!open(c)) on_connect_failed(c);
}

void Generator::finish(Connection& c, Outcome outcome) {
  Answer answer;
  answer.outcome = outcome;
  answer.intended = c.intended;
  answer.sent = c.sent;
  answer.received = now_;
  const bool has_answer = c.state != Connection::State::closed;
  if (has_answer) {
    answer.status = c.parser.status();
    answer.headers = c.parser.headers();
    answer.body = c.parser.body();
  }
  --busy_;
  c.has_request = false;
  conclude(c.request, answer);
}

}  // namespace feedctl::loadtest
