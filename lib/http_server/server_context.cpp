#include "http_server/server_context.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "http_server/event_loop.hpp"
#include "http_server/fd_limits.hpp"
#include "http_server/request_ids.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::http {

namespace {

ServerOptions with_fd_limits(ServerOptions options) {
  options.limits = fit_to_fd_limit(raise_fd_limit(), options.limits);
  metrics::gauge("feedctl_http_connections_limit", "Client connections that are accepted at once.")
      .set(static_cast<double>(options.limits.max_connections));
  return options;
}

std::size_t max_body_file_bytes(const Limits& limits) {
  return BodySpool::is_in_memory() ? std::min(limits.max_body_file_bytes, limits.max_buffered_bytes)
                                   : limits.max_body_file_bytes;
}

}  // namespace

ServerContext::ServerContext(ServerOptions requested, const Router& served_routes,
                             Authenticator authenticate, RateLimiter limit_rate)
    : options(with_fd_limits(std::move(requested))),
      router(served_routes),
      max_body(options.limits.max_body),
      body_spool(options.limits.max_body_files, max_body_file_bytes(options.limits)),
      file_slots(options.limits.max_sent_files),
      hosts(options.allowed_hosts),
      proxies(options.trusted_proxies),
      telemetry(router, options.access_log),
      dispatcher(router, std::move(authenticate), std::move(limit_rate), options),
      inline_responder(router, dispatcher, proxies, telemetry),
      runner(dispatcher, draining, file_slots) {}

void ServerContext::reload(const ServerOptions& fresh) {
  proxies.replace(fresh.trusted_proxies);  // the only call that may throw
  hosts.replace(fresh.allowed_hosts);
  max_body = fresh.limits.max_body;
  dispatcher.reload(fresh);
  telemetry.set_access_log(fresh.access_log);
}

bool ServerContext::try_stale_response(Exchange& exchange) {
  const auto& request = exchange.request();
  if (exchange.route == nullptr || !exchange.route->inline_handler || request.has_body)
    return false;
  FastRequestHead head(request);
  head.overloaded = true;
  Router::PathValues values;
  const auto* route = inline_responder.find_route(head, values);
  if (route == nullptr) return false;
  if (draining) exchange.close = true;
  const WriteOptions write_options{.head = request.method == Method::head,
                                   .close = exchange.close,
                                   .http10 = exchange.parsed.http10};
  return inline_responder.try_respond(
      *route, head, {exchange.connection->peer, exchange.received_at, write_options},
      exchange.output);
}

void ServerContext::produce_response(Exchange& exchange) {
  if (exchange.request().deadline.is_expired() && try_stale_response(exchange)) return;
  assign_request_ids(exchange.request());
  runner.run(exchange);
  exchange.continuation = nullptr;
  telemetry.on_response(exchange);
}

// Sends what the socket takes at once: the bytes are still in this core's cache, and the loop does
// not have to wake up.
void ServerContext::try_send(Exchange& exchange) {
  const auto& bytes = exchange.output;
  const auto n = ::send(exchange.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) exchange.bytes_sent = static_cast<std::size_t>(n);
  if (exchange.close || exchange.file || exchange.bytes_sent < bytes.size())
    exchange.wake_loop = true;
}

std::unique_ptr<Exchange> ServerContext::try_start_async(std::unique_ptr<Exchange> exchange) {
  if (exchange->continuation || exchange->route == nullptr || !exchange->route->async_handler)
    return exchange;
  exchange->wake_loop = true;  // the loop sends the response
  auto* const pending = exchange.release();
  ++async_in_flight;
  telemetry.add_in_flight(1);
  const bool is_started =
      dispatcher.start_async(*pending, [this, pending](Continuation continuation, RunOn run_on) {
        std::unique_ptr<Exchange> resumed(pending);
        resumed->continuation = std::move(continuation);
        resumed->run_continuation_on = run_on;
        auto& loop = *resumed->loop;
        loop.post_completion(std::move(resumed));
        telemetry.add_in_flight(-1);
        --in_flight;
        --async_in_flight;  // last: stop() waits for it
      });
  if (is_started) return nullptr;
  telemetry.add_in_flight(-1);
  --async_in_flight;
  return std::unique_ptr<Exchange>(pending);
}

void ServerContext::run_task(std::unique_ptr<Exchange> exchange) {
  exchange = try_start_async(std::move(exchange));
  if (!exchange) return;
  constexpr std::size_t max_kept_capacity = 64 * 1024;
  thread_local std::string buffer;  // else the heap grows and shrinks with every response
  exchange->output.swap(buffer);
  telemetry.add_in_flight(1);
  produce_response(*exchange);
  exchange->parsed.spooled.close();  // here, as the loop may sleep on
  telemetry.add_in_flight(-1);
  try_send(*exchange);
  if (exchange->bytes_sent == exchange->output.size() &&
      exchange->output.capacity() <= max_kept_capacity) {
    buffer.swap(exchange->output);
    buffer.clear();
    exchange->bytes_sent = 0;
  }
  auto& loop = *exchange->loop;
  loop.post_completion(std::move(exchange));
  --in_flight;
}

}  // namespace feedctl::http
