#pragma once
// The workers' loop over the log: takes its share of the slots, looks at those that have news, and
// runs their batches on a few threads. Any number of processes may do so; who holds a slot's
// session lock owns it, and a process that stands still for ten seconds loses its locks. Errors are
// logged and tried again with back-off; nothing here throws after construction.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "events/consumer.hpp"
#include "events/log.hpp"

namespace feedctl::events {

class Worker {
 public:
  using Effects = Consumer<Log>::Effects;
  struct Options {
    store::Options database;  // pool_size and settings are the worker's own affair
    int concurrency = 2;
    int batch = 500;
    std::chrono::milliseconds poll{10};
    // Publishes the news of a batch to a carrier; {}: there is none, and the log itself is polled.
    std::function<void(std::span<const Event>)> relay;
    // Waits up to the time given for the slots that a carrier has news of. Where there is none, {}.
    std::function<std::vector<int>(const std::vector<int>& owned, std::chrono::milliseconds)> wait;
    // The position of the slot has passed all that `wait` told of it before.
    std::function<void(int slot)> passed;
  };

  Worker(Options options, Effects effects);
  // Finishes the batches at hand and gives its slots back.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  std::vector<int> owned() const;
  bool relays() const;  // of all workers, this one publishes to the carrier
  // Reached the database within the last ten seconds, and no slot's batches have failed for two.
  bool healthy() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::events
