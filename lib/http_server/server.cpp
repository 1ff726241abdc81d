#include "http_server/server.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include "http_server/event_loop.hpp"
#include "http_server/server_context.hpp"

namespace feedctl::http {

namespace {

int loop_count(const ServerOptions& options) {
  if (options.loop_threads > 0) return options.loop_threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, const Router& router, Authenticator authenticate,
       RateLimiter limit_rate)
      : context_(std::move(options), router, std::move(authenticate), std::move(limit_rate)) {}
  ~Impl() { stop(); }

  void start() {
    auto listener = std::make_unique<Listener>(context_.options);
    port_ = listener->port();
    for (int i = 0; i < loop_count(context_.options); ++i) {
      loops_.push_back(std::make_unique<EventLoop>(context_, std::move(listener)));
      context_.loops.push_back(loops_.back().get());
    }
    context_.pool = std::make_unique<HandlerPool>(
        context_.options.handler_threads, context_.options.limits,
        [this](std::unique_ptr<Exchange> exchange) { context_.run_task(std::move(exchange)); });
    context_.listening = true;
    for (auto& loop : loops_) loop->start();
  }

  int port() const { return port_; }
  void reload(const ServerOptions& options) { context_.reload(options); }

  bool is_responsive(std::chrono::milliseconds timeout) {
    const auto deadline = Deadline::after(timeout);
    std::vector<std::uint64_t> before;
    for (const auto& loop : loops_) before.push_back(loop->ping_count());
    post_to_loops(EventLoop::ControlMessage::ping);
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      while (loops_[i]->ping_count() == before[i]) {
        if (deadline.is_expired()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }
    return context_.pool->is_making_progress();
  }

  bool drain(std::chrono::milliseconds timeout) {
    const auto deadline = Deadline::after(timeout);
    context_.drain_idle_timeout = std::min(context_.options.limits.drain_idle_timeout, timeout / 2);
    context_.draining = true;
    post_to_loops(EventLoop::ControlMessage::drain);
    while (is_busy() && !deadline.is_expired())
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (!is_busy()) return true;
    post_to_loops(EventLoop::ControlMessage::close_all);
    return false;
  }

  // Loops first: then no thread submits tasks, and finished ones wait in the inboxes of the loops.
  void stop() {
    post_to_loops(EventLoop::ControlMessage::stop);
    for (auto& loop : loops_) loop->join();
    if (context_.pool) context_.pool->stop();
    while (context_.async_in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    context_.loops.clear();
    loops_.clear();
    context_.pool.reset();
  }

 private:
  bool is_busy() const {
    return context_.listening || context_.connection_count > 0 || context_.in_flight > 0;
  }
  void post_to_loops(EventLoop::ControlMessage message) {
    for (auto& loop : loops_) loop->post_control(message);
  }

  ServerContext context_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  int port_ = 0;
};

Server::Server(ServerOptions options, const Router& router, Authenticator authenticate,
               RateLimiter limit_rate)
    : impl_(std::make_unique<Impl>(std::move(options), router, std::move(authenticate),
                                   std::move(limit_rate))) {}
Server::~Server() = default;

void Server::start() {
  impl_->start();
}
int Server::port() const {
  return impl_->port();
}
void Server::reload(const ServerOptions& options) {
  impl_->reload(options);
}
bool Server::is_responsive(std::chrono::milliseconds timeout) {
  return impl_->is_responsive(timeout);
}
bool Server::drain(std::chrono::milliseconds timeout) {
  return impl_->drain(timeout);
}
void Server::stop() {
  impl_->stop();
}

}  // namespace feedctl::http
