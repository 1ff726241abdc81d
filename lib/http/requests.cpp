// The loop's way in: bytes become framed requests and go to the pool.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "http/identify.hpp"
#include "http/loop.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

namespace {

constexpr int reads_per_turn = 8;  // then the other connections have theirs

}  // namespace

void Loop::on_event(Connection& c, std::uint32_t events) {
  if (c.phase == Connection::Phase::closed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(c);
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) c.readable = true;
  if ((events & EPOLLRDHUP) != 0) c.ended = true;
  switch (c.phase) {
    case Connection::Phase::reading:
      return advance(c);
    case Connection::Phase::writing:
      flush(c);
      return advance(c);
    case Connection::Phase::lingering:
      return discard(c);
    default:
      return;
  }
}

// Works on what is there until the connection waits for its client, the pool or its next turn.
void Loop::advance(Connection& c) {
  int reads = 0;
  while (c.phase == Connection::Phase::reading) {
    if (!c.pending.empty()) {
      consume(c, std::string_view(c.pending).substr(c.pending_at), true);
    } else if (!c.readable) {
      return rest(c);
    } else if (++reads > reads_per_turn) {
      if (!c.queued) again_.push_back(&c);
      c.queued = true;
      return;
    } else if (!read_some(c)) {
      return close(c);
    }
  }
}

// False where the connection is over.
bool Loop::read_some(Connection& c) {
  const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
  if (n == 0) return false;
  if (n < 0) {
    if (errno == EINTR) return true;
    c.readable = false;
    return errno == EAGAIN || errno == EWOULDBLOCK;
  }
  const auto got = static_cast<std::size_t>(n);
  // A short read has emptied the socket; the end of the stream would have been an event.
  if (got < buffer_.size() && !c.ended) c.readable = false;
  consume(c, std::string_view(buffer_.data(), got), false);
  return true;
}

void Loop::consume(Connection& c, std::string_view data, bool from_pending) {
  if (!c.framer.started()) c.first_byte = now_;
  const auto used = c.framer.feed(data);
  if (!from_pending) {
    c.pending.assign(data.substr(used));
  } else if (used == data.size()) {
    std::string().swap(c.pending);
    c.pending_at = 0;
  } else {
    c.pending_at += used;
  }
  if (c.framer.finished())
    on_framed(c);
  else if (c.framer.take_continue())
    say_continue(c);
}

void Loop::on_framed(Connection& c) {
  const auto& refusal = c.framer.refusal();
  if (refusal)
    refuse(c, Refusal{*refusal});
  else
    hand_over(c);
}

void Loop::say_continue(Connection& c) {
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto n = ::send(c.fd, text.data(), text.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(text.size())) close(c);
}

void Loop::hand_over(Connection& c) {
  auto exchange = std::make_unique<Exchange>();
  exchange->framed = c.framer.take();
  auto& request = exchange->request();
  request.client = front_.proxies.client(c.peer, request);
  request.deadline = Deadline{now_ + front_.options.handler_time};
  exchange->received = now_;
  exchange->close = !exchange->framed.keep_alive || c.served + 1 >= limits_.requests_per_connection;
  if (!spare_.empty()) {  // or the pool's heaps grow and shrink with every answer
    exchange->answer = std::move(spare_.back());
    spare_.pop_back();
  }
  exchange->loop = this;
  exchange->connection = &c;
  c.phase = Connection::Phase::handling;
  set_deadline(c, Clock::time_point::max());
  jobs_.push_back(std::move(exchange));
}

// All requests of a round go to the pool together; what finds no room is answered here.
void Loop::submit() {
  if (jobs_.empty()) return;
  const auto count = jobs_.size();
  front_.away += count;
  front_.pool->submit(jobs_);
  auto left = std::move(jobs_);
  jobs_.clear();
  front_.away -= left.size();
  for (auto& exchange : left) {
    auto& c = *exchange->connection;
    auto& request = exchange->request();
    identify(request);
    if (c.phase == Connection::Phase::closed) {
      give_back(std::move(exchange));
      continue;
    }
    const bool close = exchange->close || front_.draining;
    const auto response = front_.dispatcher.refuse(request, {503, "too busy, try again", close});
    front_.observer.refused(request, 503, response.body.size(), "queue_full");
    answer(c, serialize(response, {request.method == Method::head, close, exchange->framed.http10}),
           close ? Connection::After::close : Connection::After::keep);
    advance(c);
  }
}

void Loop::give_back(std::unique_ptr<Exchange> exchange) {
  auto& c = *exchange->connection;
  if (c.phase == Connection::Phase::closed) {
    const auto at = connections_.find(&c);
    gone_.push_back(std::move(at->second));
    connections_.erase(at);
    return;
  }
  answer(c, std::move(exchange->answer),
         exchange->close ? Connection::After::close : Connection::After::keep);
  advance(c);
}

}  // namespace feedctl::http
