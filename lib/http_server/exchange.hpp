#pragma once
// A request and its response on their way: an event loop parses the request, a pool thread runs the
// handler and sends, and the loop gets the exchange back. It has one owner at a time. Only
// wake_loop may be set by the loop meanwhile.
#include <atomic>
#include <memory>
#include <string>

#include "http/rate_limiter.hpp"
#include "http/router.hpp"
#include "http_server/clock.hpp"
#include "http_server/request_parser.hpp"

namespace feedctl::http {

class EventLoop;
struct Connection;

struct Exchange {
  ParsedRequest parsed;
  bool close = false;  // Connection: close
  Clock::time_point received_at;
  Clock::time_point queued_at;  // for a handler
  const Route* route = nullptr;
  bool is_upload = false;  // a body of another type than JSON for a route with Route::max_body
  RateLimitFields rate_limit;
  int status = 0;
  std::size_t body_bytes = 0;
  std::string output;          // the bytes to send
  std::size_t bytes_sent = 0;  // of `output`
  int fd = -1;                 // of the connection; open while the exchange is in flight
  Continuation continuation;   // of an asynchronous handler that has resumed
  RunOn run_continuation_on = RunOn::event_loop;
  std::shared_ptr<EventStream> stream;   // the rest of the response body
  std::shared_ptr<const FileBody> file;  // the response body
  // The loop has work as soon as the exchange is back; else it may sleep on.
  std::atomic<bool> wake_loop{false};

  EventLoop* loop = nullptr;
  Connection* connection = nullptr;  // the loop keeps it while the exchange is in flight

  Request& request() { return parsed.request; }
  const Request& request() const { return parsed.request; }
  LoadClass load_class() const {
    if (is_upload) return LoadClass::upload;
    return route != nullptr ? route->load_class : LoadClass::read;
  }
  // Of a request that has a route.
  RateClass rate_class() const { return is_upload ? RateClass::upload : route->rate_class; }
};

}  // namespace feedctl::http
