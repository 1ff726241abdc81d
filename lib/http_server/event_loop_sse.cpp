// The part of EventLoop that sends event streams.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "http_server/event_loop.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view heartbeat_comment = ": still here\n\n";

// Jitter, so that clients whose streams end together do not return together.
std::string random_retry_field() {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int ms = std::uniform_int_distribution<int>(500, 3000)(random);
  return "retry: " + std::to_string(ms) + "\n\n";
}

}  // namespace

void EventLoop::notify_stream(std::shared_ptr<EventStream> stream) {
  std::unique_lock lock(mutex_);
  inbox_.ready_streams.push_back(std::move(stream));
  wake_locked(lock);
}

// From here on the connection belongs to the stream.
void EventLoop::begin_stream(std::unique_ptr<Exchange> exchange) {
  auto& c = *exchange->connection;
  c.in_flight = nullptr;
  c.output = std::move(exchange->output);
  c.output_pos = exchange->bytes_sent;
  c.head_bytes_left = c.output.size() - c.output_pos;
  c.phase = Connection::Phase::streaming;
  ++c.requests_served;
  c.stream_exchange = std::move(exchange);
  auto& stream = *c.stream_exchange->stream;
  streams_.emplace(&stream, &c);
  stream.attach([this](std::shared_ptr<EventStream> ready) { notify_stream(std::move(ready)); });
  context_.telemetry.add_streams(1);
  if (context_.draining) stream.finish(random_retry_field());
  set_deadline(c, now_ + limits_.heartbeat_interval);
  std::string().swap(c.pending_input);  // further requests get no response
  c.pending_input_pos = 0;
  if (c.readable) drain_stream_input(c);
  if (c.phase == Connection::Phase::streaming) flush_stream(c);
}

void EventLoop::on_stream_ready(const std::shared_ptr<EventStream>& stream) {
  const auto found = streams_.find(stream.get());
  if (found == streams_.end()) return;
  auto& c = *found->second;
  if (stream->acknowledge() == EventStream::State::too_slow) return drop_slow_client(c);
  flush_stream(c);
}

// Sends until nothing is pending or the socket buffer is full.
void EventLoop::flush_stream(Connection& c) {
  auto& stream = *c.stream_exchange->stream;
  for (bool has_sent = false;;) {
    if (c.output_pos == c.output.size()) {
      c.output.clear();
      c.output_pos = 0;
      const auto state = stream.take_pending(c.output);
      if (state == EventStream::State::too_slow) return drop_slow_client(c);
      if (c.output.empty() && state == EventStream::State::finishing) {
        detach_stream(c);
        return linger(c);
      }
      if (c.output.empty()) {
        std::string().swap(c.output);
        if (has_sent || c.write_blocked) set_deadline(c, now_ + limits_.heartbeat_interval);
        c.write_blocked = false;
        update_buffer_charge(c);
        return;
      }
    }
    const auto n =
        ::send(c.fd, c.output.data() + c.output_pos, c.output.size() - c.output_pos, MSG_NOSIGNAL);
    if (n > 0) {
      has_sent = true;
      on_stream_sent(c, static_cast<std::size_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!update_buffer_charge(c)) return drop_slow_client(c);
      if (!std::exchange(c.write_blocked, true)) set_deadline(c, now_ + limits_.write_timeout);
      return;
    } else if (n == 0 || errno != EINTR) {
      return close(c);
    }
  }
}

// The head and the first bytes of the handler do not count against the bound of the stream.
void EventLoop::on_stream_sent(Connection& c, std::size_t bytes) {
  c.output_pos += bytes;
  const auto head_bytes = std::min(bytes, c.head_bytes_left);
  c.head_bytes_left -= head_bytes;
  c.stream_exchange->body_bytes += bytes - head_bytes;
  c.stream_exchange->stream->on_sent(bytes - head_bytes);
}

// Drops what the client sends during a stream.
void EventLoop::drain_stream_input(Connection& c) {
  for (int reads = 0; reads < 16; ++reads) {
    const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      c.readable = false;
      return;
    }
    break;
  }
  close(c);  // the client is gone, or sends too much
}

// Nothing was sent for a while, or the client reads nothing.
void EventLoop::on_stream_timer(Connection& c) {
  if (c.write_blocked) return drop_slow_client(c);
  c.output = heartbeat_comment;
  c.output_pos = 0;
  c.head_bytes_left = c.output.size();
  set_deadline(c, now_ + limits_.heartbeat_interval);
  flush_stream(c);
}

void EventLoop::drop_slow_client(Connection& c) {
  context_.telemetry.on_slow_stream_dropped();
  close(c);
}

void EventLoop::finish_stream(Connection& c) {
  c.stream_exchange->stream->finish(random_retry_field());
  flush_stream(c);
}

void EventLoop::detach_stream(Connection& c) {
  if (!c.stream_exchange) return;
  c.stream_exchange->stream->detach();
  streams_.erase(c.stream_exchange->stream.get());
  context_.telemetry.add_streams(-1);
  context_.telemetry.on_stream_end(*c.stream_exchange);
  c.stream_exchange.reset();
}

}  // namespace feedctl::http
