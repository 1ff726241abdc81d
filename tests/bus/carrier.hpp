#pragma once
// A carrier under test with its real server, and what may be done to that server. One of each kind
// for the whole program; every test begins with empty streams or queues.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/bus.hpp"

namespace feedctl::test {

class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                            const cache::Tenancy& tenancy) = 0;
  // Everything that the bus keeps, with what it needs to keep it.
  virtual void wipe() = 0;
  // SIGKILL; returns once it answers again.
  virtual void crash() = 0;
  virtual void freeze() = 0;
  virtual void thaw() = 0;
  // The server knows of nothing that is waiting or unacknowledged in this slot.
  virtual bool is_empty(int slot) = 0;
  // Everybody is forgotten who uses the bare names.
  virtual void forget_owner() = 0;
  // The names of what the bus has made, one a line.
  virtual std::string names() = 0;
  // The bodies of dead events, sorted.
  virtual std::vector<std::string> dead() = 0;
  virtual bool keeps_over_a_crash() const = 0;

  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits) {
    return connect(timing, limits, {});
  }
  std::unique_ptr<bus::Bus> connect() { return connect(timing(), {}); }
  static bus::Timing timing();  // patient enough for a busy machine
};

// Runs one test body over each carrier whose server is installed.
void each_carrier(const std::function<void(Carrier&)>& body);

using Bodies = std::vector<std::string>;
// The bodies of what arrives within `patience`, until there are `enough`.
std::vector<bus::Message> collect(bus::Bus& bus, const std::vector<int>& slots, std::size_t enough,
                                  std::chrono::milliseconds patience);
Bodies bodies(const std::vector<bus::Message>& messages);

bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds within = std::chrono::seconds{20});

}  // namespace feedctl::test
