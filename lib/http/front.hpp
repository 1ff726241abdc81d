#pragma once
// What the loops of one server share. Built by Server; outlives its loops and pool threads.
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "http/client_address.hpp"
#include "http/dispatch.hpp"
#include "http/engine.hpp"
#include "http/hosts.hpp"
#include "http/memory.hpp"
#include "http/observe.hpp"
#include "http/pool.hpp"
#include "http/server.hpp"

namespace feedctl::http {

struct Front {
  Front(ServerOptions given, const Router& router, Authenticator authenticate);

  const ServerOptions options;
  std::atomic<std::size_t> max_body;
  BodyFiles body_files;
  HostRules hosts;
  ProxyRules proxies;
  Observer observer;
  Dispatcher dispatcher;
  const Memory memory;
  std::atomic<bool> draining{false};
  std::atomic<bool> listening{false};  // until the loop that listens has taken in the backlog
  std::atomic<std::chrono::milliseconds> drain_idle{};  // counts once `draining` is set
  Engine engine;
  std::atomic<std::size_t> connections{0};  // of all loops
  std::atomic<std::size_t> held{0};         // bytes that waiting connections keep
  std::atomic<std::size_t> away{0};         // exchanges between a loop's hand-over and its answer
  std::atomic<std::size_t> begun{0};        // those of them that others work on
  std::unique_ptr<HandlerPool> pool;
  std::vector<Loop*> loops;

  // Takes over what may change in a running server. Error(config), and then nothing has changed.
  void reload(const ServerOptions& fresh);
  // The answer that its route has in memory, however old, for one that no handler will answer;
  // false where there is none.
  bool last_resort(Exchange& exchange);
  // From a prepared exchange to its bytes.
  void answer(Exchange& exchange);
  void send(Exchange& exchange);
  // Begins what the exchange's route has others do; returns the exchange where it is to be answered
  // instead.
  std::unique_ptr<Exchange> begin(std::unique_ptr<Exchange> exchange);
  // What a pool thread does with a job.
  void run(std::unique_ptr<Exchange> exchange);
};

}  // namespace feedctl::http
