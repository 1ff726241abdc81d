#pragma once
// One request on its way: framed by a loop, answered and sent by a thread of the pool, and given
// back. It has one owner at a time; only `awaited` may be set by the loop meanwhile.
#include <atomic>
#include <chrono>
#include <string>

#include "http/framer.hpp"
#include "http/router.hpp"

namespace feedctl::http {

class Loop;
struct Connection;

struct Exchange {
  Framed framed;
  bool close = false;  // Connection: close
  std::chrono::steady_clock::time_point received;
  std::chrono::steady_clock::time_point queued;  // since when it waits for a handler
  const Route* route = nullptr;
  int status = 0;
  std::size_t body_bytes = 0;
  std::string answer;    // the bytes to send
  std::size_t sent = 0;  // how many of them are out already
  int fd = -1;           // of the connection, open for as long as the exchange is away
  Rest rest;             // of a request whose work was begun and has come back
  bool quick = true;     // `rest` waits for nothing
  std::shared_ptr<EventStream> stream;  // what its answer goes on with
  // The loop has something to do once the exchange is back: else it may sleep on until it has.
  std::atomic<bool> awaited{false};

  Loop* loop = nullptr;
  Connection* connection = nullptr;  // the loop keeps it while the exchange is away

  Request& request() { return framed.request; }
  const Request& request() const { return framed.request; }
  Load load() const { return route != nullptr ? route->load : Load::read; }
};

}  // namespace feedctl::http
