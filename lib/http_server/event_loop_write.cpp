// The part of EventLoop that writes: responses, deadlines and the end of connections.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "http/serialize.hpp"
#include "http_server/event_loop.hpp"
#include "http_server/request_ids.hpp"
#include "http_server/time_at_rate.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_kept_capacity = 256 * 1024;               // of the batch
constexpr std::size_t free_buffer_bytes = 4096;                     // for each connection
constexpr int max_lingering_reads = 64;                             // in a turn
constexpr std::size_t max_lingering_bytes = std::size_t{64} << 20;  // dropped in all

}  // namespace

// Answers the request in the parser, as far as the parser understood it.
void EventLoop::reject(Connection& c, const Rejection& rejection) {
  auto parsed = c.parser.take();
  auto& request = parsed.request;
  assign_request_ids(request);
  request.client_address = context_.proxies.client_address(c.peer, request);
  const bool close = rejection.close_connection || !parsed.keep_alive || context_.draining ||
                     c.requests_served + 1 >= limits_.max_requests_per_connection;
  const auto response = context_.dispatcher.make_rejection(request, rejection);
  context_.telemetry.on_rejected(request, rejection.status, response.body.size(),
                                 rejection_reason(rejection.status));
  c.inline_declined = false;
  std::string bytes;
  serialize(bytes, response,
            {.head = request.method == Method::head, .close = close, .http10 = parsed.http10});
  send_response(c, std::move(bytes),
                rejection.close_connection ? Connection::AfterResponse::linger
                : close                    ? Connection::AfterResponse::close
                                           : Connection::AfterResponse::keep);
}

// `sent` bytes are out already.
void EventLoop::send_response(Connection& c, std::string bytes, Connection::AfterResponse after,
                              std::size_t sent) {
  c.output = std::move(bytes);
  c.output_pos = sent;
  c.after_response = after;
  ++c.requests_served;
  c.phase = Connection::Phase::writing;
  set_deadline(c, Clock::time_point::max());
  flush(c);
}

// Sends the batch; then the connection's after_response follows.
void EventLoop::send_batch(Connection& c) {
  c.phase = Connection::Phase::writing;
  set_deadline(c, Clock::time_point::max());
  const auto n = ::send(c.fd, batch_.data(), batch_.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(batch_.size())) {
    c.output.assign(batch_, n > 0 ? static_cast<std::size_t>(n) : 0);
    c.output_pos = 0;
  }
  batch_.clear();
  if (batch_.capacity() > max_kept_capacity) batch_.shrink_to_fit();
  flush(c);
}

void EventLoop::flush(Connection& c) {
  while (c.output_pos < c.output.size()) {
    const auto n =
        ::send(c.fd, c.output.data() + c.output_pos, c.output.size() - c.output_pos, MSG_NOSIGNAL);
    if (n >= 0) {
      c.output_pos += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!update_buffer_charge(c)) return close(c);
      if (c.deadline == Clock::time_point::max()) set_deadline(c, now_ + limits_.write_timeout);
      return;
    } else if (errno != EINTR) {
      return close(c);
    }
  }
  if (c.file) return flush_file(c);
  on_response_sent(c);
}

void EventLoop::on_response_sent(Connection& c) {
  std::string().swap(c.output);
  c.output_pos = 0;
  const bool has_unread = c.readable || !c.pending_input.empty();
  if (c.after_response == Connection::AfterResponse::linger ||
      (c.after_response == Connection::AfterResponse::close && has_unread)) {
    return linger(c);
  }
  if (c.after_response == Connection::AfterResponse::close) return close(c);
  c.phase = Connection::Phase::reading;
}

// close() of a socket with unread bytes resets the connection, and the client may lose the
// response. A browser sends the whole of a photo that is too large, however early the response is.
void EventLoop::linger(Connection& c) {
  c.phase = Connection::Phase::lingering;
  c.pending_input.clear();
  c.pending_input_pos = 0;
  update_buffer_charge(c);  // little now
  ::shutdown(c.fd, SHUT_WR);
  set_deadline(c, now_ + limits_.linger_pause);
  c.lingers_until = now_ + limits_.request_timeout;
  c.lingering_bytes = 0;
  drain_lingering(c);
}

void EventLoop::drain_lingering(Connection& c) {
  const auto before = c.lingering_bytes;
  for (int reads = 0; reads < max_lingering_reads; ++reads) {
    const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    const bool is_empty = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (n > 0) c.lingering_bytes += static_cast<std::size_t>(n);
    if ((n <= 0 && !is_empty) || c.lingering_bytes > max_lingering_bytes) return close(c);
    if (!is_empty) continue;
    if (c.lingering_bytes > before) extend_lingering(c);
    return;
  }
  extend_lingering(c);
  add_to_ready_list(c);
}

void EventLoop::extend_lingering(Connection& c) {
  if (!context_.draining) set_deadline(c, std::min(now_ + limits_.linger_pause, c.lingers_until));
}

void EventLoop::close(Connection& c) {
  if (c.phase == Connection::Phase::closed) return;
  detach_stream(c);
  if (c.timer_at != Clock::time_point::max()) timers_.erase({c.timer_at, &c});
  c.timer_at = Clock::time_point::max();
  if (c.in_ready_list) ready_.erase(std::find(ready_.begin(), ready_.end(), &c));
  c.in_ready_list = false;
  const bool is_in_flight = c.phase == Connection::Phase::handling;
  c.phase = Connection::Phase::closed;
  if (!is_in_flight) return destroy(c);
  ::shutdown(c.fd, SHUT_RDWR);  // a pool thread may send: on_task_completed() closes it
  c.in_flight->wake_loop = true;
}

// The connection is freed at the end of the round.
void EventLoop::destroy(Connection& c) {
  ::close(c.fd);
  c.fd = -1;
  context_.buffered_bytes -= c.buffered_bytes;
  c.buffered_bytes = 0;
  --context_.connection_count;
  context_.telemetry.add_connections(-1);
  const auto at = connections_.find(&c);
  pending_delete_.push_back(std::move(at->second));
  connections_.erase(at);
}

// Charges the bytes that the connection holds; false where that exceeds max_buffered_bytes.
bool EventLoop::update_buffer_charge(Connection& c) {
  const auto bytes = c.parser.buffered_bytes() + c.pending_input.size() - c.pending_input_pos +
                     c.output.size() - c.output_pos;
  if (bytes == c.buffered_bytes) return true;
  context_.buffered_bytes += bytes - c.buffered_bytes;  // modulo 2^64, also downwards
  c.buffered_bytes = bytes;
  return bytes <= free_buffer_bytes || context_.buffered_bytes <= limits_.max_buffered_bytes;
}

// The connection waits for its client: sets the deadline.
void EventLoop::await_input(Connection& c) {
  if (!update_buffer_charge(c)) return reject(c, Rejection::closing(503, "too busy, try again"));
  if (!c.parser.has_started()) {
    // Near max_connections idle connections end sooner.
    const bool is_crowded = context_.connection_count > limits_.max_connections / 2;
    const auto timeout =
        c.requests_served == 0 || is_crowded ? limits_.first_request_timeout : limits_.idle_timeout;
    if (!context_.draining) return set_deadline(c, now_ + timeout);
    return set_deadline(c, std::min(c.deadline, now_ + context_.drain_idle_timeout.load()));
  }
  if (!c.parser.is_in_body()) return set_deadline(c, c.first_byte_at + limits_.header_timeout);
  set_deadline(c, body_due(c));
}

Clock::time_point EventLoop::body_due(Connection& c) const {
  const auto bytes = c.parser.body_bytes();
  if (!c.body_timer_started) {
    c.body_started_at = c.pace_checked_at = now_;
    c.pace_bytes = bytes;
  }
  c.body_timer_started = true;
  const auto next_byte_due =
      c.body_started_at + limits_.body_grace + time_at_rate(bytes, limits_.min_body_rate);
  const auto last_byte_due = c.first_byte_at + limits_.request_timeout;
  if (!c.parser.is_large_upload()) return std::min(next_byte_due, last_byte_due);
  const auto rate = limits_.min_transfer_rate;
  if (time_at_rate(bytes - c.pace_bytes, rate) >= limits_.max_transfer_pause) {
    c.pace_checked_at = now_;
    c.pace_bytes = bytes;
  }
  return std::min({next_byte_due, last_byte_due + time_at_rate(bytes, rate),
                   c.pace_checked_at + limits_.max_transfer_pause});
}

// A timer that fires before the deadline stays, and checks the deadline when it fires. So a busy
// keep-alive connection costs one insertion for each idle timeout, not one for each request.
void EventLoop::set_deadline(Connection& c, Clock::time_point at) {
  c.deadline = at;
  if (at >= c.timer_at) return;
  if (c.timer_at != Clock::time_point::max()) timers_.erase({c.timer_at, &c});
  c.timer_at = at;
  timers_.emplace(at, &c);
}

void EventLoop::fire_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    auto& c = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    c.timer_at = Clock::time_point::max();
    if (c.deadline <= now_)
      on_deadline(c);
    else if (c.deadline != Clock::time_point::max())
      set_deadline(c, c.deadline);
  }
}

void EventLoop::on_deadline(Connection& c) {
  if (c.phase == Connection::Phase::handling) {
    serve_stale_on_queue_timeout(c);
  } else if (c.phase == Connection::Phase::streaming) {
    on_stream_timer(c);
  } else if (c.phase == Connection::Phase::reading && c.parser.has_started()) {
    reject(c, Rejection::closing(408, "the request took too long"));
  } else {
    close(c);
  }
}

}  // namespace feedctl::http
