#pragma once
// The event worker of a process: leases its share of the slots, watches for new events, and runs
// the batches on a few threads. Any number of processes may run one. The holder of a slot's session
// lock owns the slot, and a process that stalls for ten seconds loses its locks. Errors are logged
// and retried with back-off; no function throws after construction.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "events/consumer.hpp"
#include "events/consumer_log.hpp"

namespace feedctl::events {

class Worker {
 public:
  using Effects = Consumer<ConsumerLog>::Effects;
  struct Options {
    store::Options database;  // the worker sets pool_size and settings itself
    int concurrency = 2;
    int batch = 500;
    std::chrono::milliseconds poll{10};
    // Publishes a batch to the bus. Empty: no bus, the worker polls the log itself.
    std::function<void(std::span<const Event>)> relay;
    // Waits up to the given time for slots with messages on the bus. Empty: no bus.
    std::function<std::vector<int>(const std::vector<int>& owned, std::chrono::milliseconds)> wait;
    // The position of the slot has passed all messages that `wait` returned before.
    std::function<void(int slot)> mark_processed;
  };

  Worker(Options options, Effects effects);
  // Finishes the running batches and releases the slots.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  std::vector<int> owned_slots() const;
  bool is_relay() const;  // of all workers, this one publishes to the bus
  // Reached the database within the last ten seconds, and no slot's batches have failed for two.
  bool is_healthy() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::events
