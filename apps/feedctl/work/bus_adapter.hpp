#pragma once
// Adapter between a message bus and the worker's loop: it publishes the log's new events, and waits
// for slots with new events.
//
// The bus must outlive it. Thread-safe. publish() and acknowledgements ignore a bus that is away,
// since workers poll the log too; wait() passes its errors on.
#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "bus/bus.hpp"
#include "events/worker.hpp"

namespace feedctl::app {

class BusAdapter {
 public:
  explicit BusAdapter(bus::Bus& bus) : bus_(bus) {}

  // Sends one message to each slot of these events.
  void publish(std::span<const events::Event> events);
  // The slots of `owned` with new messages. Also sends the acknowledgements of processed messages.
  std::vector<int> wait(const std::vector<int>& owned, std::chrono::milliseconds timeout);
  // Messages received for the slot so far may be acknowledged. wait() does so, since a receiving
  // bus would block a worker.
  void mark_processed(int slot);

 private:
  void acknowledge();

  bus::Bus& bus_;
  std::mutex mutex_;
  std::map<int, std::vector<bus::Message>> received_;
  std::vector<bus::Message> processed_;
};

}  // namespace feedctl::app
