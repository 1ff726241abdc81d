#pragma once
// Follows the log in memory: each poll is one statement and gives every event that has been
// committed since the one before, in the order of the ids; none is seen before its cause. Not
// thread-safe. Opens a connection of its own.
//
// Errors: unavailable where the database does not answer (poll again, nothing is lost);
// failed where the log no longer holds what the position has not seen.
#include <memory>
#include <vector>

#include "events/events.hpp"

namespace feedctl::events {

class Tail {
 public:
  // `from`: nullopt begins now, at the first poll.
  Tail(store::Options options, std::optional<Snapshot> from);

  std::vector<Event> poll();
  // What the polls so far have given. nullopt before the first one, where it begins now.
  const std::optional<Snapshot>& position() const { return position_; }

 private:
  void reconnect();

  store::Options options_;
  std::optional<Snapshot> position_;
  TransactionId last_ = 0;  // highest transaction given
  std::unique_ptr<store::Session> session_;
};

}  // namespace feedctl::events
