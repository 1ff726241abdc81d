#pragma once
// A carrier under test with its real server, and what may be done to that server. One of each kind
// for the whole program; every test begins with empty streams or queues.
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
  // Everything that the bus keeps, with what it needs to keep it.
  virtual void delete_everything() = 0;
  // SIGKILL; returns once it answers again.
  virtual void crash() = 0;
  virtual void freeze() = 0;
  virtual void resume() = 0;
  // The server knows of nothing that is waiting or unacknowledged in this slot.
  virtual bool is_empty(int slot) = 0;
  // Everybody is forgotten who uses the bare names.
  virtual void forget_owner() = 0;
  // The names of what the bus has made, one a line.
  virtual std::string names() = 0;
  // The bodies of dead events, sorted.
  virtual std::vector<std::string> dead_letters() = 0;
  virtual bool is_durable() const = 0;

  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits) {
    return connect(timing, limits, {});
  }
  std::unique_ptr<bus::Bus> connect() { return connect(timing(), {}); }
  static bus::Timing timing();  // patient enough for a busy machine
};

// Runs one test body over each carrier whose server is installed.
void for_each_bus_server(const std::function<void(BusServer&)>& body);

using Bodies = std::vector<std::string>;
// The bodies of what arrives within `patience`, until there are `enough`.
std::vector<bus::Message> collect(bus::Bus& bus, const std::vector<int>& slots, std::size_t enough,
                                  std::chrono::milliseconds patience);
Bodies bodies(const std::vector<bus::Message>& messages);

using support::eventually;

}  // namespace feedctl::test
