#pragma once
// What the log's thread leaves for the one that tells open pages: the events that matter to them,
// in rounds that pages show by now. Of more than `most` none is kept. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "events/events.hpp"
#include "events/position.hpp"

namespace feedctl::feed {

class StreamInbox {
 public:
  using Clock = std::chrono::steady_clock;

  struct Batch {
    std::vector<events::Event> events;         // in the order of their ids
    std::optional<events::Snapshot> position;  // after them
    bool lost = false;                         // what came before them is not known
  };

  explicit StreamInbox(std::size_t most) : most_(most) {}

  void stage(std::span<const events::Event> events);
  // What is staged is shown now.
  void publish(const events::Snapshot& position);
  void lose();

  // Waits until there is something, or until `due`. nullopt: stop() was called.
  std::optional<Batch> take(Clock::time_point due);
  void stop();

 private:
  struct Staged {
    std::vector<events::Event> events;
    bool overflown = false;
  };

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable woken_;
  Staged staged_;
  Batch shown_;
  bool stop_ = false;
};

}  // namespace feedctl::feed
