// The part of EventLoop that reads: bytes become requests, and requests go to the handler pool.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/json_body.hpp"
#include "http/serialize.hpp"
#include "http_server/event_loop.hpp"
#include "http_server/fast_request_parser.hpp"
#include "http_server/request_ids.hpp"

namespace feedctl::http {

namespace {

// Uploads take longer than other requests and count as a load class of their own.
bool is_upload(const Exchange& exchange) {
  return exchange.route != nullptr && exchange.route->max_body > 0 && exchange.request().has_body &&
         !is_json_body(exchange.request());
}

// A connection that has more to do runs again in the next round.
constexpr int max_reads_per_turn = 8;
constexpr int max_requests_per_turn = 32;
constexpr std::size_t max_batch = 64 * 1024;

}  // namespace

void EventLoop::on_event(Connection& c, std::uint32_t events) {
  if (c.phase == Connection::Phase::closed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(c);
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) c.readable = true;
  if ((events & EPOLLRDHUP) != 0) c.peer_closed = true;
  switch (c.phase) {
    case Connection::Phase::reading:
      if (c.parser.is_filling_file()) return add_to_ready_list(c);
      return run_connection(c);
    case Connection::Phase::writing:
      flush(c);
      return run_connection(c);
    case Connection::Phase::lingering:
      return drain_lingering(c);
    case Connection::Phase::streaming:
      if (c.readable) drain_stream_input(c);
      if (c.phase == Connection::Phase::streaming) flush_stream(c);
      return;
    case Connection::Phase::handling:
      if (c.readable) c.in_flight->wake_loop = true;
      return;
    default:
      return;
  }
}

// Uploads that found no room in this round are the first of the next one.
void EventLoop::take_turns() {
  std::vector<Connection*> turns, later;
  turns.swap(ready_);
  for (auto* c : turns) {
    if (file_bytes_left_ == 0 && c->parser.is_filling_file())
      later.push_back(c);
    else
      take_turn(*c);
  }
  ready_.insert(ready_.begin(), later.begin(), later.end());
}

// A connection of the ready list.
void EventLoop::take_turn(Connection& c) {
  c.in_ready_list = false;
  if (c.phase == Connection::Phase::lingering) return drain_lingering(c);
  if (c.phase == Connection::Phase::writing) flush(c);
  run_connection(c);
}

void EventLoop::add_to_ready_list(Connection& c) {
  if (!c.in_ready_list) ready_.push_back(&c);
  c.in_ready_list = true;
}

// Runs until the connection waits for its client, the handler pool or the next round.
void EventLoop::run_connection(Connection& c) {
  int reads = 0, requests = 0;
  while (c.phase == Connection::Phase::reading) {
    const bool waiting = !c.pending_input.empty();
    if (!waiting && !c.readable) return await_input(c);
    if (waiting ? ++requests > max_requests_per_turn : ++reads > max_reads_per_turn) {
      return add_to_ready_list(c);
    }
    if (!waiting && file_bytes_left_ == 0 && c.parser.is_filling_file())
      return add_to_ready_list(c);
    if (waiting) {
      consume(c, std::string_view(c.pending_input).substr(c.pending_input_pos), true);
    } else if (!read_some(c)) {
      return close(c);
    }
  }
}

// False where the connection is over.
bool EventLoop::read_some(Connection& c) {
  const auto n = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
  if (n == 0) return false;
  if (n < 0) {
    if (errno == EINTR) return true;
    c.readable = false;
    return errno == EAGAIN || errno == EWOULDBLOCK;
  }
  const auto got = static_cast<std::size_t>(n);
  // A short read has emptied the socket; the end of the stream is an event of its own.
  if (got < buffer_.size() && !c.peer_closed) c.readable = false;
  consume(c, std::string_view(buffer_.data(), got), false);
  if (c.phase == Connection::Phase::reading && c.parser.is_filling_file())
    file_bytes_left_ -= std::min(file_bytes_left_, got);
  return true;
}

void EventLoop::consume(Connection& c, std::string_view data, bool from_pending) {
  if (!c.parser.has_started()) {
    c.first_byte_at = now_;
    c.body_timer_started = false;
    if (const auto used = serve_inline_batch(c, data); used > 0) {
      c.parser.skip_request();
      save_unconsumed(c, data, used, from_pending);
      return send_batch(c);
    }
    c.parser.set_max_body(context_.max_body.load(std::memory_order_relaxed));
  }
  save_unconsumed(c, data, c.parser.feed(data), from_pending);
  if (c.parser.is_finished())
    on_request_parsed(c);
  else if (c.parser.take_100_continue())
    send_100_continue(c);
}

void EventLoop::save_unconsumed(Connection& c, std::string_view data, std::size_t used,
                                bool from_pending) {
  if (!from_pending) {
    if (used < data.size()) c.pending_input.assign(data.substr(used));
  } else if (used == data.size()) {
    std::string().swap(c.pending_input);
    c.pending_input_pos = 0;
  } else {
    c.pending_input_pos += used;
  }
}

// Answers the requests at the start of `data` into the batch, while they are plain and have inline
// responses. Returns the size of those requests.
std::size_t EventLoop::serve_inline_batch(Connection& c, std::string_view data) {
  std::size_t used = 0;
  c.after_response = Connection::AfterResponse::keep;
  while (!c.inline_declined && used < data.size() && batch_.size() < max_batch &&
         c.after_response == Connection::AfterResponse::keep) {
    const auto rest = data.substr(used);
    FastRequestParser parser(limits_, context_.hosts);
    FastRequestHead head;
    Router::PathValues values;
    if (!parser.parse_request_line(rest, head)) break;
    const auto* route = context_.inline_responder.find_route(head, values);
    if (route == nullptr) break;
    const auto size = parser.parse_fields(rest, head);
    if (size == 0) break;
    const bool close = head.wants_close() || context_.draining ||
                       c.requests_served + 1 >= limits_.max_requests_per_connection;
    const WriteOptions options{.head = head.method() == Method::head, .close = close};
    head.overloaded = context_.pool->is_overloaded(route->load_class, now_);
    c.inline_declined =
        !context_.inline_responder.try_respond(*route, head, {c.peer, now_, options}, batch_);
    if (c.inline_declined) break;
    used += size;
    ++c.requests_served;
    if (close) c.after_response = Connection::AfterResponse::close;
  }
  return used;
}

// The same for a request that the fast parser did not take.
bool EventLoop::try_serve_parsed_inline(Connection& c, Exchange& exchange) {
  const auto& request = exchange.request();
  const bool was_declined = std::exchange(c.inline_declined, false);
  if (was_declined || request.has_body || exchange.route == nullptr ||
      !exchange.route->inline_handler)
    return false;
  FastRequestHead head(request);
  Router::PathValues values;
  const auto* route = context_.inline_responder.find_route(head, values);
  if (route != nullptr) head.overloaded = context_.pool->is_overloaded(route->load_class, now_);
  const bool close = exchange.close || context_.draining;
  const WriteOptions options{
      .head = request.method == Method::head, .close = close, .http10 = exchange.parsed.http10};
  if (route == nullptr ||
      !context_.inline_responder.try_respond(*route, head, {c.peer, now_, options}, batch_))
    return false;
  ++c.requests_served;
  c.after_response = close ? Connection::AfterResponse::close : Connection::AfterResponse::keep;
  send_batch(c);
  return true;
}

void EventLoop::on_request_parsed(Connection& c) {
  const auto& rejection = c.parser.rejection();
  if (rejection)
    reject(c, Rejection(*rejection));
  else
    dispatch_request(c);
}

void EventLoop::send_100_continue(Connection& c) {
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto n = ::send(c.fd, text.data(), text.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(text.size())) close(c);
}

void EventLoop::dispatch_request(Connection& c) {
  auto exchange = std::make_unique<Exchange>();
  exchange->parsed = c.parser.take();
  auto& request = exchange->request();
  request.client_address = context_.proxies.client_address(c.peer, request);
  request.is_https = context_.proxies.is_https(c.peer, request);
  request.deadline = Deadline{now_ + context_.options.handler_timeout};
  exchange->received_at = exchange->queued_at = now_;
  exchange->close =
      !exchange->parsed.keep_alive || c.requests_served + 1 >= limits_.max_requests_per_connection;
  context_.dispatcher.match_route(*exchange);
  if (is_upload(*exchange)) {
    exchange->is_upload = true;
    request.deadline = Deadline{now_ + context_.options.upload_timeout};
  }
  if (try_serve_parsed_inline(c, *exchange)) return;
  exchange->loop = this;
  exchange->connection = &c;
  if (context_.dispatcher.runs_on_loop(*exchange)) return handle_on_loop(c, *exchange);
  update_buffer_charge(c);  // lower now: the exchange holds the request
  exchange->fd = c.fd;
  exchange->wake_loop = c.readable || !c.pending_input.empty();
  c.in_flight = exchange.get();
  c.phase = Connection::Phase::handling;
  const bool may_serve_stale = exchange->route->inline_handler && !request.has_body;
  set_deadline(c, may_serve_stale ? now_ + limits_.max_queue_wait : Clock::time_point::max());
  if (Dispatcher::starts_on_loop(*exchange)) {
    ++context_.in_flight;
    exchange = context_.try_start_async(std::move(exchange));
    if (!exchange) return;
    --context_.in_flight;
  }
  pending_tasks_.push_back(std::move(exchange));
}

// A request does not wait long in the queue where its inline handler has a stale response.
void EventLoop::serve_stale_on_queue_timeout(Connection& c) {
  set_deadline(c, Clock::time_point::max());
  auto exchange = context_.pool->cancel(c.in_flight);
  if (!exchange) return;
  if (!context_.try_stale_response(*exchange)) return context_.pool->requeue(std::move(exchange));
  --context_.in_flight;
  c.in_flight = nullptr;
  const bool close = exchange->close || context_.draining;
  send_response(c, std::move(exchange->output),
                close ? Connection::AfterResponse::close : Connection::AfterResponse::keep);
  run_connection(c);
}

// A handler that does not wait takes less time here than the way to the pool and back.
void EventLoop::handle_on_loop(Connection& c, Exchange& exchange) {
  exchange.output.swap(batch_);  // the batch is empty here, but has capacity
  context_.produce_response(exchange);
  exchange.output.swap(batch_);
  ++c.requests_served;
  c.after_response =
      exchange.close ? Connection::AfterResponse::close : Connection::AfterResponse::keep;
  begin_file(c, exchange);
  send_batch(c);
}

// All requests of a round go to the pool together. The loop answers those that the pool rejects.
void EventLoop::submit_pending() {
  if (pending_tasks_.empty()) return;
  context_.in_flight += pending_tasks_.size();
  auto rejected = context_.pool->submit(pending_tasks_);
  context_.in_flight -= rejected.size();
  for (auto& [exchange, verdict] : rejected) shed(std::move(exchange), verdict);
}

void EventLoop::shed(std::unique_ptr<Exchange> exchange, AdmissionControl::Verdict verdict) {
  auto& c = *exchange->connection;
  auto& request = exchange->request();
  if (c.phase == Connection::Phase::closed) return on_task_completed(std::move(exchange));
  c.in_flight = nullptr;
  const bool is_served_stale = context_.try_stale_response(*exchange);
  const bool close = exchange->close || context_.draining;
  const auto after = close ? Connection::AfterResponse::close : Connection::AfterResponse::keep;
  if (is_served_stale) {
    send_response(c, std::move(exchange->output), after);
    return run_connection(c);
  }
  assign_request_ids(request);
  const auto response = context_.dispatcher.make_rejection(
      request, {.status = 503, .message = "too busy, try again", .close_connection = close});
  context_.telemetry.on_shed(exchange->load_class(), to_string(verdict));
  context_.telemetry.on_rejected(request, 503, response.body.size(), "queue_full");
  std::string bytes;
  serialize(
      bytes, response,
      {.head = request.method == Method::head, .close = close, .http10 = exchange->parsed.http10});
  send_response(c, std::move(bytes), after);
  run_connection(c);
}

void EventLoop::on_task_completed(std::unique_ptr<Exchange> exchange) {
  auto& c = *exchange->connection;
  // Also for a closed connection: the continuation may do more than make a response.
  if (exchange->continuation && exchange->run_continuation_on == RunOn::pool) {
    exchange->queued_at = now_;
    return pending_tasks_.push_back(std::move(exchange));
  }
  if (exchange->continuation && c.phase != Connection::Phase::closed) {
    c.in_flight = nullptr;
    handle_on_loop(c, *exchange);
    return run_connection(c);
  }
  if (exchange->continuation) context_.produce_response(*exchange);  // for metrics and log
  c.in_flight = nullptr;
  if (c.phase == Connection::Phase::closed) return destroy(c);
  if (exchange->stream) return begin_stream(std::move(exchange));
  begin_file(c, *exchange);
  send_response(
      c, std::move(exchange->output),
      exchange->close ? Connection::AfterResponse::close : Connection::AfterResponse::keep,
      exchange->bytes_sent);
  run_connection(c);
}

}  // namespace feedctl::http
