#pragma once
// One request on its way: framed by a loop, answered on the pool, sent by the loop again. It has
// one owner at a time.
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
  const Route* route = nullptr;
  int status = 0;
  std::size_t body_bytes = 0;
  std::string answer;  // the bytes to send

  Loop* loop = nullptr;
  Connection* connection = nullptr;  // the loop keeps it while the exchange is away

  Request& request() { return framed.request; }
  const Request& request() const { return framed.request; }
  Load load() const { return route != nullptr ? route->load : Load::read; }
};

}  // namespace feedctl::http
