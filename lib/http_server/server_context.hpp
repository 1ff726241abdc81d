#pragma once
// What the event loops and pool threads of one server share. The Server owns it, and it outlives
// all of them. Thread-safe, except for `pool` and `loops`, which the Server sets before the loops
// start.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "http_server/body_spool.hpp"
#include "http_server/dispatcher.hpp"
#include "http_server/file_slots.hpp"
#include "http_server/handler_pool.hpp"
#include "http_server/host_allowlist.hpp"
#include "http_server/inline_responder.hpp"
#include "http_server/request_runner.hpp"
#include "http_server/request_telemetry.hpp"
#include "http_server/server_options.hpp"
#include "http_server/trusted_proxies.hpp"

namespace feedctl::http {

struct ServerContext {
  ServerContext(ServerOptions requested, const Router& served_routes, Authenticator authenticate,
                RateLimiter limit_rate);

  const ServerOptions options;
  const Router& router;
  std::atomic<std::size_t> max_body;
  BodySpool body_spool;
  FileSlots file_slots;
  HostAllowlist hosts;
  TrustedProxies proxies;
  RequestTelemetry telemetry;
  Dispatcher dispatcher;
  const InlineResponder inline_responder;
  std::atomic<bool> draining{false};
  std::atomic<bool> listening{false};  // until the first loop has accepted its backlog
  std::atomic<std::chrono::milliseconds> drain_idle_timeout{};  // valid once `draining` is set
  RequestRunner runner;
  std::atomic<std::size_t> connection_count{0};  // of all loops
  std::atomic<std::size_t> buffered_bytes{0};    // that waiting connections hold
  std::atomic<std::size_t> in_flight{0};         // exchanges from a loop to its response
  std::atomic<std::size_t> async_in_flight{0};   // those of them in asynchronous handlers
  std::unique_ptr<HandlerPool> pool;
  std::vector<EventLoop*> loops;

  // See Server::reload().
  void reload(const ServerOptions& fresh);
  // A stale response of the inline handler, for a request that no handler will answer; false where
  // it has none.
  bool try_stale_response(Exchange& exchange);
  // Turns a routed exchange into the bytes of its response.
  void produce_response(Exchange& exchange);
  void try_send(Exchange& exchange);
  // Starts the asynchronous handler of the route. Returns the exchange where the caller has to
  // answer it, else nullptr.
  std::unique_ptr<Exchange> try_start_async(std::unique_ptr<Exchange> exchange);
  // What a pool thread does with a task.
  void run_task(std::unique_ptr<Exchange> exchange);
};

}  // namespace feedctl::http
