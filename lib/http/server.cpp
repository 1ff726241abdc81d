#include "http/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "http/descriptors.hpp"
#include "http/front.hpp"
#include "http/identify.hpp"
#include "http/loop.hpp"

namespace feedctl::http {

namespace {

ServerOptions within_descriptors(ServerOptions options) {
  options.limits = share_descriptors(raised_descriptor_limit(), options.limits);
  return options;
}

int loop_count(const ServerOptions& options) {
  if (options.loops > 0) return options.loops;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

Front::Front(ServerOptions given, const Router& router, Authenticator authenticate)
    : options(within_descriptors(std::move(given))),
      max_body(options.limits.body),
      body_files(options.limits.body_files),
      hosts(options.allowed_hosts),
      proxies(options.trusted_proxies),
      observer(router, options.access_log),
      dispatcher(router, std::move(authenticate), options),
      memory(router, dispatcher, proxies, observer),
      engine(dispatcher, draining) {}

void Front::reload(const ServerOptions& fresh) {
  proxies.replace(fresh.trusted_proxies);  // the only one that may throw
  hosts.replace(fresh.allowed_hosts);
  max_body = fresh.limits.body;
  dispatcher.reload(fresh);
  observer.access_log(fresh.access_log);
}

bool Front::last_resort(Exchange& exchange) {
  const auto& request = exchange.request();
  if (exchange.route == nullptr || !exchange.route->from_memory || request.has_body) return false;
  Glance glance(request);
  glance.strained = true;
  Router::Values values;
  const auto* route = memory.route_of(glance, values);
  if (route == nullptr) return false;
  if (draining) exchange.close = true;
  const Delivery delivery{request.method == Method::head, exchange.close, exchange.framed.http10};
  return memory.answer(*route, glance, {exchange.connection->peer, exchange.received, delivery},
                       exchange.answer);
}

void Front::answer(Exchange& exchange) {
  if (exchange.request().deadline.over() && last_resort(exchange)) return;
  identify(exchange.request());
  engine.run(exchange);
  exchange.rest = nullptr;
  observer.finished(exchange);
}

// Sends what the socket takes at once: the bytes are still in this core's cache, and the loop need
// not wake up for them.
void Front::send(Exchange& exchange) {
  const auto& bytes = exchange.answer;
  const auto n = ::send(exchange.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) exchange.sent = static_cast<std::size_t>(n);
  if (exchange.close || exchange.sent < bytes.size()) exchange.awaited = true;
}

std::unique_ptr<Exchange> Front::begin(std::unique_ptr<Exchange> exchange) {
  if (exchange->rest || exchange->route == nullptr || !exchange->route->begin) return exchange;
  exchange->awaited = true;  // its loop answers
  auto* const begins = exchange.release();
  ++begun;
  observer.in_flight(1);
  const bool away_now = dispatcher.begin(*begins, [this, begins](Rest rest, bool quick) {
    std::unique_ptr<Exchange> back(begins);
    back->rest = std::move(rest);
    back->quick = quick;
    auto& loop = *back->loop;
    loop.complete(std::move(back));
    observer.in_flight(-1);
    --away;
    --begun;  // the last that it does here
  });
  if (away_now) return nullptr;
  observer.in_flight(-1);
  --begun;
  return std::unique_ptr<Exchange>(begins);
}

void Front::run(std::unique_ptr<Exchange> exchange) {
  exchange = begin(std::move(exchange));
  if (!exchange) return;
  constexpr std::size_t max_room = 64 * 1024;
  thread_local std::string room;  // or the heaps grow and shrink with every answer
  exchange->answer.swap(room);
  observer.in_flight(1);
  answer(*exchange);
  observer.in_flight(-1);
  send(*exchange);
  if (exchange->sent == exchange->answer.size() && exchange->answer.capacity() <= max_room) {
    room.swap(exchange->answer);
    room.clear();
    exchange->sent = 0;
  }
  auto& loop = *exchange->loop;
  loop.complete(std::move(exchange));
  --away;
}

class Server::Impl {
 public:
  Impl(ServerOptions options, const Router& router, Authenticator authenticate)
      : front_(std::move(options), router, std::move(authenticate)) {}
  ~Impl() { stop(); }

  void start() {
    auto listener = std::make_unique<Listener>(front_.options);
    port_ = listener->port();
    for (int i = 0; i < loop_count(front_.options); ++i) {
      loops_.push_back(std::make_unique<Loop>(front_, std::move(listener)));
      front_.loops.push_back(loops_.back().get());
    }
    front_.pool = std::make_unique<HandlerPool>(
        front_.options.threads, front_.options.limits,
        [this](std::unique_ptr<Exchange> exchange) { front_.run(std::move(exchange)); });
    front_.listening = true;
    for (auto& loop : loops_) loop->start();
  }

  int port() const { return port_; }
  void reload(const ServerOptions& fresh) { front_.reload(fresh); }

  bool turns(std::chrono::milliseconds patience) {
    const auto deadline = Deadline::after(patience);
    std::vector<std::uint64_t> before;
    for (const auto& loop : loops_) before.push_back(loop->pulses());
    tell(Loop::Order::pulse);
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      while (loops_[i]->pulses() == before[i]) {
        if (deadline.over()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }
    return front_.pool->gets_on();
  }

  bool drain(std::chrono::milliseconds patience) {
    const auto deadline = Deadline::after(patience);
    front_.drain_idle = std::min(front_.options.limits.drain_idle, patience / 2);
    front_.draining = true;
    tell(Loop::Order::drain);
    while (busy() && !deadline.over()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (!busy()) return true;
    tell(Loop::Order::cut);
    return false;
  }

  // Loops first: then nobody hands the pool anything, and what it finishes waits in their inboxes.
  void stop() {
    tell(Loop::Order::stop);
    for (auto& loop : loops_) loop->join();
    if (front_.pool) front_.pool->stop();
    while (front_.begun > 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    front_.loops.clear();
    loops_.clear();
    front_.pool.reset();
  }

 private:
  bool busy() const { return front_.listening || front_.connections > 0 || front_.away > 0; }
  void tell(Loop::Order order) {
    for (auto& loop : loops_) loop->order(order);
  }

  Front front_;
  std::vector<std::unique_ptr<Loop>> loops_;
  int port_ = 0;
};

Server::Server(ServerOptions options, const Router& router, Authenticator authenticate)
    : impl_(std::make_unique<Impl>(std::move(options), router, std::move(authenticate))) {}
Server::~Server() = default;

void Server::start() {
  impl_->start();
}
int Server::port() const {
  return impl_->port();
}
void Server::reload(const ServerOptions& fresh) {
  impl_->reload(fresh);
}
bool Server::turns(std::chrono::milliseconds patience) {
  return impl_->turns(patience);
}
bool Server::drain(std::chrono::milliseconds patience) {
  return impl_->drain(patience);
}
void Server::stop() {
  impl_->stop();
}

}  // namespace feedctl::http
