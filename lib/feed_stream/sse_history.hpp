#pragma once
// The recently sent events, by round of the log, from which reconnecting clients resume. Bounded by
// a number of events. Not thread-safe.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "events/events.hpp"
#include "events/log_cursor.hpp"

namespace feedctl::feed_stream {

class SseHistory {
 public:
  // An event of one post; or (post 0) older posts come or go: an account is deleted, suspended or
  // reinstated, a post is shown again.
  struct HistoryEvent {
    events::TransactionId xid;
    std::int64_t event;
    events::Type type;
    Id author, post;
  };
  struct Backlog {
    struct Round {
      events::PgSnapshot before;
      std::optional<events::PgSnapshot> upto;  // nullopt: the newest round
      std::vector<HistoryEvent> entries;
    };
    std::vector<Round> rounds;
    bool must_reload = false;  // the missed events are unknown or too many
  };

  explicit SseHistory(std::size_t max_events) : max_events_(max_events) {}

  void clear();
  // The history is complete from `position` on. No effect if it has begun already.
  void begin_at(const events::PgSnapshot& position);
  // `before`: the position before the round. `events` are in the order of their ids.
  void append(const events::PgSnapshot& before, std::span<const events::Event> events);
  // The events after `last_seen` of the authors in `follows`, at most `max_events`.
  Backlog backlog_since(const events::LogCursor& last_seen, const std::unordered_set<Id>& follows,
                        std::size_t max_events) const;

 private:
  // The events of one round, and the position before it.
  struct HistoryRound {
    events::PgSnapshot before;
    std::vector<HistoryEvent> entries;
  };

  const std::size_t max_events_;
  std::optional<events::PgSnapshot> complete_since_;  // the history holds every event since
  std::deque<HistoryRound> rounds_;
  std::size_t event_count_ = 0;
};

}  // namespace feedctl::feed_stream
