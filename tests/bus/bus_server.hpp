#pragma once
// A real Redis or RabbitMQ server for tests of the bus, with faults that a test may inject. One of
// each kind serves the whole program. Every test begins with empty streams or queues.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/bus.hpp"
#include "redis/tenancy.hpp"
#include "support/eventually.hpp"

namespace feedctl::test {

class BusServer {
 public:
  virtual ~BusServer() = default;
  virtual std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                            const redis::Tenancy& tenancy) = 0;
  // Deletes all messages, and the streams, groups, queues and exchanges of the bus.
  virtual void delete_everything() = 0;
  // Kills the server with SIGKILL, starts it and returns once it answers.
  virtual void crash() = 0;
  virtual void freeze() = 0;
  virtual void resume() = 0;
  // Whether the slot has no waiting and no unacknowledged message.
  virtual bool is_empty(int slot) = 0;
  // Deletes the record of which installation owns the names without a prefix.
  virtual void forget_owner() = 0;
  // The names of the streams, queues and exchanges of the bus, one a line.
  virtual std::string names() = 0;
  // The bodies of the dead letters, sorted.
  virtual std::vector<std::string> dead_letters() = 0;
  virtual bool is_durable() const = 0;

  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits) {
    return connect(timing, limits, {});
  }
  std::unique_ptr<bus::Bus> connect() { return connect(timing(), {}); }
  static bus::Timing timing();  // with time-outs for a busy machine
};

// Runs one test body over each kind of server that is installed.
void for_each_bus_server(const std::function<void(BusServer&)>& body);

using Bodies = std::vector<std::string>;
// Receives messages for up to `patience`, or until `enough` have arrived.
std::vector<bus::Message> collect(bus::Bus& bus, const std::vector<int>& slots, std::size_t enough,
                                  std::chrono::milliseconds patience);
Bodies bodies(const std::vector<bus::Message>& messages);

using support::eventually;

}  // namespace feedctl::test
