#pragma once
// Follows the log in memory: polls give every event that has been committed since the position, in
// the order of the ids; none is seen before its cause. A poll is one statement. Where there is more
// than it may bring, what is new now becomes a round, which the polls after it bring in slices, and
// the position stays until the last of them. Not thread-safe. Opens a connection of its own, to the
// primary alone: a standby's snapshot does not tell which transactions are running.
//
// Errors: unavailable where the database does not answer or is a standby (poll again, nothing is
// lost and nothing comes twice); failed where the log no longer holds what the position has not
// seen, or may not hold what it has: the database was restored, or another server has gone on
// without it. Whoever has believed that must begin anew, with another tail.
#include <memory>
#include <vector>

#include "events/events.hpp"

namespace feedctl::events {

class Tail {
 public:
  static constexpr std::size_t most_at_once = 50'000;  // some 20 MB while they are read

  // `from`: nullopt begins now, at the first poll. A poll gives at most `most` events.
  Tail(store::Options options, std::optional<Snapshot> from, std::size_t most = most_at_once);

  std::vector<Event> poll();
  // A round is not finished: what was given since position() is not all that its next value sees.
  bool more() const { return round_.has_value(); }
  // What the finished rounds have given. nullopt before the first poll, where it begins now.
  const std::optional<Snapshot>& position() const { return position_; }

 private:
  struct Round {
    Snapshot upto;
    Id next = 0, last = 0;  // ids that are still to be given
    bool bounded = false;   // next and last are known
  };

  void connect();
  void check_line(store::Session& session);
  void check_covered(const Snapshot& next) const;
  std::vector<Event> events_of(const store::Result& rows);
  std::vector<Event> slice();
  void finish_round();

  store::Options options_;
  const std::int64_t most_;
  std::optional<Snapshot> position_;
  std::optional<Round> round_;
  std::optional<TransactionId> known_;  // highest transaction with an event, that survives a crash
  std::string line_;                    // of writes, that the position is of; "" where not known
  std::optional<Event> given_;          // one of those given last
  std::unique_ptr<store::Session> session_;
};

}  // namespace feedctl::events
