// The loop's way in: bytes become framed requests and go to the pool.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "http/identify.hpp"
#include "http/loop.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

namespace {

// Then the other connections have theirs.
constexpr int reads_per_turn = 8;
constexpr int requests_per_turn = 32;
constexpr std::size_t max_batch = 64 * 1024;

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
    case Connection::Phase::streaming:
      if (c.readable) listen_to(c);
      if (c.phase == Connection::Phase::streaming) pump(c);
      return;
    case Connection::Phase::handling:
      if (c.readable) c.away->awaited = true;
      return;
    default:
      return;
  }
}

// Works on what is there until the connection waits for its client, the pool or its next turn.
void Loop::advance(Connection& c) {
  int reads = 0, requests = 0;
  while (c.phase == Connection::Phase::reading) {
    const bool waiting = !c.pending.empty();
    if (!waiting && !c.readable) return rest(c);
    if (waiting ? ++requests > requests_per_turn : ++reads > reads_per_turn) {
      if (!c.queued) again_.push_back(&c);
      c.queued = true;
      return;
    }
    if (waiting) {
      consume(c, std::string_view(c.pending).substr(c.pending_at), true);
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
  if (!c.framer.started()) {
    c.first_byte = now_;
    if (const auto used = answer_from_memory(c, data); used > 0) {
      c.framer.passed_by();
      keep_rest(c, data, used, from_pending);
      return send_batch(c);
    }
    c.framer.limit_body(front_.max_body.load(std::memory_order_relaxed));
  }
  keep_rest(c, data, c.framer.feed(data), from_pending);
  if (c.framer.finished())
    on_framed(c);
  else if (c.framer.take_continue())
    say_continue(c);
}

void Loop::keep_rest(Connection& c, std::string_view data, std::size_t used, bool from_pending) {
  if (!from_pending) {
    if (used < data.size()) c.pending.assign(data.substr(used));
  } else if (used == data.size()) {
    std::string().swap(c.pending);
    c.pending_at = 0;
  } else {
    c.pending_at += used;
  }
}

// Answers the requests at the start of `data` into the batch, for as long as they are plain and
// their routes have answers in memory; how many bytes they took.
std::size_t Loop::answer_from_memory(Connection& c, std::string_view data) {
  std::size_t used = 0;
  c.after = Connection::After::keep;
  while (!c.asked_memory && used < data.size() && batch_.size() < max_batch &&
         c.after == Connection::After::keep) {
    const auto rest = data.substr(used);
    Glance glance;
    Router::Values values;
    if (!glance.read_line(rest, limits_)) break;
    const auto* route = front_.memory.route_of(glance, values);
    if (route == nullptr) break;
    const auto size = glance.read_fields(rest, limits_, front_.hosts);
    if (size == 0) break;
    const bool close =
        glance.closes() || front_.draining || c.served + 1 >= limits_.requests_per_connection;
    const Delivery delivery{glance.method() == Method::head, close, false};
    glance.strained = front_.pool->strained(route->load, now_);
    c.asked_memory = !front_.memory.answer(*route, glance, {c.peer, now_, delivery}, batch_);
    if (c.asked_memory) break;
    used += size;
    ++c.served;
    if (close) c.after = Connection::After::close;
  }
  return used;
}

// The same for a request that came in pieces or in another form.
bool Loop::framed_from_memory(Connection& c, Exchange& exchange) {
  const auto& request = exchange.request();
  const bool asked = std::exchange(c.asked_memory, false);
  if (asked || request.has_body || exchange.route == nullptr || !exchange.route->from_memory)
    return false;
  Glance glance(request);
  Router::Values values;
  const auto* route = front_.memory.route_of(glance, values);
  if (route != nullptr) glance.strained = front_.pool->strained(route->load, now_);
  const bool close = exchange.close || front_.draining;
  const Delivery delivery{request.method == Method::head, close, exchange.framed.http10};
  if (route == nullptr || !front_.memory.answer(*route, glance, {c.peer, now_, delivery}, batch_))
    return false;
  ++c.served;
  c.after = close ? Connection::After::close : Connection::After::keep;
  send_batch(c);
  return true;
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
  exchange->received = exchange->queued = now_;
  exchange->close = !exchange->framed.keep_alive || c.served + 1 >= limits_.requests_per_connection;
  front_.dispatcher.prepare(*exchange);
  if (framed_from_memory(c, *exchange)) return;
  exchange->loop = this;
  exchange->connection = &c;
  if (front_.dispatcher.needs_no_pool(*exchange)) return answer_here(c, *exchange);
  may_hold(c);  // less, now that the exchange has it
  exchange->fd = c.fd;
  exchange->awaited = c.readable || !c.pending.empty();
  c.away = exchange.get();
  c.phase = Connection::Phase::handling;
  const bool remembered = exchange->route->from_memory && !request.has_body;
  set_deadline(c, remembered ? now_ + limits_.queue_wait : Clock::time_point::max());
  if (Dispatcher::begins_on_loop(*exchange)) {
    ++front_.away;
    exchange = front_.begin(std::move(exchange));
    if (!exchange) return;
    --front_.away;
  }
  jobs_.push_back(std::move(exchange));
}

// One whose route may have an answer in memory, however old, does not wait for long to get its
// turn.
void Loop::rescue(Connection& c) {
  set_deadline(c, Clock::time_point::max());
  auto exchange = front_.pool->withdraw(c.away);
  if (!exchange) return;
  if (!front_.last_resort(*exchange)) return front_.pool->put_back(std::move(exchange));
  --front_.away;
  c.away = nullptr;
  const bool close = exchange->close || front_.draining;
  answer(c, std::move(exchange->answer),
         close ? Connection::After::close : Connection::After::keep);
  advance(c);
}

// What waits for nothing takes less time here than to be handed over.
void Loop::answer_here(Connection& c, Exchange& exchange) {
  exchange.answer.swap(batch_);  // which is empty, but has room
  front_.answer(exchange);
  exchange.answer.swap(batch_);
  ++c.served;
  c.after = exchange.close ? Connection::After::close : Connection::After::keep;
  send_batch(c);
}

// All requests of a round go to the pool together; what may not wait there is answered here.
void Loop::submit() {
  if (jobs_.empty()) return;
  front_.away += jobs_.size();
  auto refused = front_.pool->submit(jobs_);
  front_.away -= refused.size();
  for (auto& [exchange, why] : refused) shed(std::move(exchange), why);
}

void Loop::shed(std::unique_ptr<Exchange> exchange, Admission::Verdict why) {
  auto& c = *exchange->connection;
  auto& request = exchange->request();
  if (c.phase == Connection::Phase::closed) return give_back(std::move(exchange));
  c.away = nullptr;
  const bool remembered = front_.last_resort(*exchange);
  const bool close = exchange->close || front_.draining;
  const auto after = close ? Connection::After::close : Connection::After::keep;
  if (remembered) {
    answer(c, std::move(exchange->answer), after);
    return advance(c);
  }
  identify(request);
  const auto response = front_.dispatcher.refuse(request, {503, "too busy, try again", close});
  front_.observer.shed(exchange->load(), to_string(why));
  front_.observer.refused(request, 503, response.body.size(), "queue_full");
  std::string bytes;
  serialize(bytes, response, {request.method == Method::head, close, exchange->framed.http10});
  answer(c, std::move(bytes), after);
  advance(c);
}

void Loop::give_back(std::unique_ptr<Exchange> exchange) {
  auto& c = *exchange->connection;
  if (exchange->rest && !exchange->quick) {  // also unread: it may be more than an answer
    exchange->queued = now_;
    return jobs_.push_back(std::move(exchange));
  }
  if (exchange->rest && c.phase != Connection::Phase::closed) {
    c.away = nullptr;
    answer_here(c, *exchange);
    return advance(c);
  }
  if (exchange->rest) front_.answer(*exchange);  // unread, but it counts
  c.away = nullptr;
  if (c.phase == Connection::Phase::closed) return bury(c);
  if (exchange->stream) return begin_stream(std::move(exchange));
  answer(c, std::move(exchange->answer),
         exchange->close ? Connection::After::close : Connection::After::keep, exchange->sent);
  advance(c);
}

}  // namespace feedctl::http
