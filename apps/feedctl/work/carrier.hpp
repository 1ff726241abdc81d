#pragma once
// The bus of a worker process: what publishes the log's news, and what waits for it.
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "bus/bus.hpp"
#include "config/config.hpp"
#include "events/worker.hpp"

namespace feedctl::app {

// nullptr: the workers look into the log themselves. Error(config) where the kind asks for a server
// that is not configured. `installation`: the database's id, see cache/tenancy.hpp.
std::unique_ptr<bus::Bus> make_bus(const config::Config& config, const std::string& installation);

// Connects a bus with the worker's loop. Thread-safe.
class Carrier {
 public:
  explicit Carrier(bus::Bus& bus) : bus_(bus) {}

  // One message for each slot that these events concern.
  void publish(std::span<const events::Event> events);
  std::vector<int> wait(const std::vector<int>& owned, std::chrono::milliseconds patience);
  // What was received for the slot before it was last looked at may be acknowledged. That is done
  // by wait(), since a bus that is being received from would hold up a worker.
  void passed(int slot);

 private:
  void acknowledge();

  bus::Bus& bus_;
  std::mutex mutex_;
  std::map<int, std::vector<bus::Message>> received_;
  std::vector<bus::Message> passed_;
};

}  // namespace feedctl::app
