#pragma once
// A bounded buffer between the log's thread and the sending thread of SseHub. It holds the relevant
// events of the rounds that pages already show. On overflow it drops all of them and reports a gap.
// Thread-safe.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "events/events.hpp"
#include "events/pg_snapshot.hpp"

namespace feedctl::feed_stream {

class SseBuffer {
 public:
  using Clock = std::chrono::steady_clock;

  struct Batch {
    std::vector<events::Event> events;           // in the order of their ids
    std::optional<events::PgSnapshot> position;  // the log position after `events`
    bool has_gap = false;                        // events before these were lost
  };

  explicit SseBuffer(std::size_t max_events) : max_events_(max_events) {}

  void buffer(std::span<const events::Event> events);
  // Pages now show the buffered events.
  void release(const events::PgSnapshot& position);
  void mark_gap();

  // Waits for a batch, at most until `deadline`. nullopt: stop() was called.
  std::optional<Batch> wait_for_batch(Clock::time_point deadline);
  void stop();

 private:
  struct BufferedEvents {
    std::vector<events::Event> events;
    bool has_overflowed = false;
  };

  const std::size_t max_events_;
  std::mutex mutex_;
  std::condition_variable wake_;
  BufferedEvents buffered_;
  Batch released_;
  bool stop_ = false;
};

}  // namespace feedctl::feed_stream
