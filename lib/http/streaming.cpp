// The loop's answers that do not end (EventStream).
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "http/loop.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view heartbeat = ": still here\n\n";

// So that those whose streams end together do not come back together.
std::string come_back_later() {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int ms = std::uniform_int_distribution<int>(500, 3000)(random);
  return "retry: " + std::to_string(ms) + "\n\n";
}

}  // namespace

void Loop::ring(std::shared_ptr<EventStream> stream) {
  std::unique_lock lock(mutex_);
  inbox_.rung.push_back(std::move(stream));
  wake_locked(lock);
}

// From here on the connection is the stream's.
void Loop::begin_stream(std::unique_ptr<Exchange> exchange) {
  auto& c = *exchange->connection;
  c.away = nullptr;
  c.out = std::move(exchange->answer);
  c.out_at = exchange->sent;
  c.head_left = c.out.size() - c.out_at;
  c.phase = Connection::Phase::streaming;
  ++c.served;
  c.streamed = std::move(exchange);
  auto& stream = *c.streamed->stream;
  stream.attach(*this, c);
  front_.observer.streams(1);
  if (front_.draining) stream.finish(come_back_later());
  set_deadline(c, now_ + limits_.heartbeat);
  std::string().swap(c.pending);  // nothing that the client may have sent meanwhile is answered
  c.pending_at = 0;
  if (c.readable) listen_to(c);
  if (c.phase == Connection::Phase::streaming) pump(c);
}

void Loop::rung(const std::shared_ptr<EventStream>& stream) {
  auto* const c = stream->connection_;  // only this thread changes it
  if (c == nullptr) return;
  if (stream->heard() == EventStream::State::slow) return drop_slow(*c);
  pump(*c);
}

// Sends what there is, until there is nothing or the client does not take it.
void Loop::pump(Connection& c) {
  auto& stream = *c.streamed->stream;
  for (bool any = false;;) {
    if (c.out_at == c.out.size()) {
      c.out.clear();
      c.out_at = 0;
      const auto state = stream.take(c.out);
      if (state == EventStream::State::slow) return drop_slow(c);
      if (c.out.empty() && state == EventStream::State::finishing) {
        end_stream(c);
        return linger(c);
      }
      if (c.out.empty()) {
        std::string().swap(c.out);
        if (any || c.blocked) set_deadline(c, now_ + limits_.heartbeat);
        c.blocked = false;
        may_hold(c);
        return;
      }
    }
    const auto n = ::send(c.fd, c.out.data() + c.out_at, c.out.size() - c.out_at, MSG_NOSIGNAL);
    if (n > 0) {
      any = true;
      went_out(c, static_cast<std::size_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!may_hold(c)) return drop_slow(c);
      if (!std::exchange(c.blocked, true)) set_deadline(c, now_ + limits_.write_time);
      return;
    } else if (n == 0 || errno != EINTR) {
      return close(c);
    }
  }
}

// The head and what the handler said first are not of the stream's bound.
void Loop::went_out(Connection& c, std::size_t bytes) {
  c.out_at += bytes;
  const auto first = std::min(bytes, c.head_left);
  c.head_left -= first;
  c.streamed->body_bytes += bytes - first;
  c.streamed->stream->sent(bytes - first);
}

// A client says nothing more; what it says all the same is dropped.
void Loop::listen_to(Connection& c) {
  for (int reads = 0; reads < 16; ++reads) {
    const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      c.readable = false;
      return;
    }
    break;
  }
  close(c);  // gone, or it talks too much
}

// Nothing was sent for a while, or the client takes nothing.
void Loop::stream_due(Connection& c) {
  if (c.blocked) return drop_slow(c);
  c.out = heartbeat;
  c.out_at = 0;
  c.head_left = c.out.size();
  set_deadline(c, now_ + limits_.heartbeat);
  pump(c);
}

void Loop::drop_slow(Connection& c) {
  front_.observer.dropped_slow_stream();
  close(c);
}

void Loop::finish_stream(Connection& c) {
  c.streamed->stream->finish(come_back_later());
  pump(c);
}

void Loop::end_stream(Connection& c) {
  if (!c.streamed) return;
  c.streamed->stream->detach();
  front_.observer.streams(-1);
  front_.observer.ended(*c.streamed);
  c.streamed.reset();
}

}  // namespace feedctl::http
