// The loop's way out: answers, deadlines and the end of connections.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "http/identify.hpp"
#include "http/loop.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_room = 256 * 1024;  // that the batch keeps
constexpr std::size_t little = 4096;          // that every connection may hold
constexpr std::chrono::milliseconds linger_time{1000};

}  // namespace

// The front's own answer to the request in the framer, as far as that one was understood.
void Loop::refuse(Connection& c, const Refusal& refusal) {
  auto framed = c.framer.take();
  auto& request = framed.request;
  identify(request);
  request.client = front_.proxies.client(c.peer, request);
  const bool close = refusal.closes || !framed.keep_alive || front_.draining ||
                     c.served + 1 >= limits_.requests_per_connection;
  const auto response = front_.dispatcher.refuse(request, refusal);
  front_.observer.refused(request, refusal.status, response.body.size(), reason_of(refusal.status));
  c.asked_memory = false;
  std::string bytes;
  serialize(bytes, response, {request.method == Method::head, close, framed.http10});
  answer(c, std::move(bytes),
         refusal.closes ? Connection::After::linger
         : close        ? Connection::After::close
                        : Connection::After::keep);
}

// `sent` of the bytes are out already.
void Loop::answer(Connection& c, std::string bytes, Connection::After after, std::size_t sent) {
  c.out = std::move(bytes);
  c.out_at = sent;
  c.after = after;
  ++c.served;
  c.phase = Connection::Phase::writing;
  set_deadline(c, Clock::time_point::max());
  flush(c);
}

// Sends the batch, whose end the connection's `after` is.
void Loop::send_batch(Connection& c) {
  c.phase = Connection::Phase::writing;
  set_deadline(c, Clock::time_point::max());
  const auto n = ::send(c.fd, batch_.data(), batch_.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(batch_.size())) {
    c.out.assign(batch_, n > 0 ? static_cast<std::size_t>(n) : 0);
    c.out_at = 0;
  }
  batch_.clear();
  if (batch_.capacity() > max_room) batch_.shrink_to_fit();
  flush(c);
}

void Loop::flush(Connection& c) {
  while (c.out_at < c.out.size()) {
    const auto n = ::send(c.fd, c.out.data() + c.out_at, c.out.size() - c.out_at, MSG_NOSIGNAL);
    if (n >= 0) {
      c.out_at += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!may_hold(c)) return close(c);
      if (c.deadline == Clock::time_point::max()) set_deadline(c, now_ + limits_.write_time);
      return;
    } else if (errno != EINTR) {
      return close(c);
    }
  }
  answered(c);
}

void Loop::answered(Connection& c) {
  std::string().swap(c.out);
  c.out_at = 0;
  const bool unread = c.readable || !c.pending.empty();
  if (c.after == Connection::After::linger || (c.after == Connection::After::close && unread)) {
    return linger(c);
  }
  if (c.after == Connection::After::close) return close(c);
  c.phase = Connection::Phase::reading;
}

// Closing a socket with unread bytes resets the connection and may take the answer with it.
void Loop::linger(Connection& c) {
  c.phase = Connection::Phase::lingering;
  c.pending.clear();
  c.pending_at = 0;
  may_hold(c);  // next to nothing now
  ::shutdown(c.fd, SHUT_WR);
  set_deadline(c, now_ + linger_time);
  discard(c);
}

void Loop::discard(Connection& c) {
  for (int reads = 0; reads < 64; ++reads) {
    const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    return close(c);
  }
  close(c);  // it sends faster than it is worth to drop
}

void Loop::close(Connection& c) {
  if (c.phase == Connection::Phase::closed) return;
  end_stream(c);
  if (c.timer != Clock::time_point::max()) timers_.erase({c.timer, &c});
  c.timer = Clock::time_point::max();
  if (c.queued) again_.erase(std::find(again_.begin(), again_.end(), &c));
  c.queued = false;
  const bool away = c.phase == Connection::Phase::handling;
  c.phase = Connection::Phase::closed;
  if (!away) return bury(c);
  ::shutdown(c.fd, SHUT_RDWR);  // somebody may be sending: give_back() closes it
  c.away->awaited = true;
}

// The connection is freed at the end of the round.
void Loop::bury(Connection& c) {
  ::close(c.fd);
  c.fd = -1;
  front_.held -= c.held;
  c.held = 0;
  --front_.connections;
  front_.observer.connections(-1);
  const auto at = connections_.find(&c);
  gone_.push_back(std::move(at->second));
  connections_.erase(at);
}

// Counts what the connection keeps while it waits for its client; false where that is too much.
bool Loop::may_hold(Connection& c) {
  const auto holds = c.framer.held() + c.pending.size() - c.pending_at + c.out.size() - c.out_at;
  if (holds == c.held) return true;
  front_.held += holds - c.held;  // modulo 2^64, also downwards
  c.held = holds;
  return holds <= little || front_.held <= limits_.held;
}

// Nothing to do until more bytes come: sets the deadline for them.
void Loop::rest(Connection& c) {
  if (!may_hold(c)) return refuse(c, {503, "too busy, try again", true});
  if (!c.framer.started()) {
    c.body_timed = false;
    // Where few more would find room, who is idle gives way sooner.
    const bool crowded = front_.connections > limits_.connections / 2;
    const auto patience = c.served == 0 || crowded ? limits_.first_time : limits_.idle_time;
    if (!front_.draining) return set_deadline(c, now_ + patience);
    return set_deadline(c, std::min(c.deadline, now_ + front_.drain_idle.load()));
  }
  if (!c.framer.in_body()) return set_deadline(c, c.first_byte + limits_.header_time);
  if (!c.body_timed) c.body_began = now_;
  c.body_timed = true;
  const auto earned = std::chrono::milliseconds(c.framer.body_bytes() * 1000 / limits_.body_rate);
  set_deadline(
      c, std::min(c.first_byte + limits_.request_time, c.body_began + limits_.body_grace + earned));
}

// A timer that is early enough already is left alone and looks again when it fires: a busy
// keep-alive connection costs one insertion in its idle time, not one a request.
void Loop::set_deadline(Connection& c, Clock::time_point at) {
  c.deadline = at;
  if (at >= c.timer) return;
  if (c.timer != Clock::time_point::max()) timers_.erase({c.timer, &c});
  c.timer = at;
  timers_.emplace(at, &c);
}

void Loop::fire_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    auto& c = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    c.timer = Clock::time_point::max();
    if (c.deadline <= now_)
      expire(c);
    else if (c.deadline != Clock::time_point::max())
      set_deadline(c, c.deadline);
  }
}

void Loop::expire(Connection& c) {
  if (c.phase == Connection::Phase::handling) {
    rescue(c);
  } else if (c.phase == Connection::Phase::streaming) {
    stream_due(c);
  } else if (c.phase == Connection::Phase::reading && c.framer.started()) {
    refuse(c, {408, "the request took too long", true});
  } else {
    close(c);
  }
}

}  // namespace feedctl::http
