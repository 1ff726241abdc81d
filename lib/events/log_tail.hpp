#pragma once
// The tail of the event log: each poll gives the events committed since the position, ordered by
// id, none before its cause. A poll is one statement. If more events are new than a poll may
// return, they become a round: later polls return it in slices, and the position moves at its end.
// It has a connection of its own, to the primary: a standby's snapshot does not tell which
// transactions run. Not thread-safe.
//
// A poll's memory is bounded: by the number of events, and by the number of posts whose views they
// tell. Only a single event may name more posts than that.
//
// Errors: `unavailable` if the database does not answer or is a standby. Poll again: no event is
// lost or repeated. `failed` if the log no longer holds all events after the position, or may lack
// some before it (a restore, or a failover that lost commits). The reader must then discard its
// state and begin with another tail.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/events.hpp"
#include "store/database.hpp"

namespace feedctl::events {

class LogTail {
 public:
  static constexpr std::size_t max_poll_events = 50'000;   // some 20 MB while they are read
  static constexpr std::int64_t max_poll_posts = 500'000;  // as much again

  // `from`: nullopt begins at the first poll.
  LogTail(store::Options options, std::optional<PgSnapshot> from,
          std::size_t max_events = max_poll_events, std::int64_t max_posts = max_poll_posts);

  std::vector<Event> poll();
  // Whether a round is unfinished: the events since position() are not all up to its next value.
  bool has_more() const { return round_.has_value(); }
  // The end of the finished rounds. nullopt before the first poll of a tail that begins now.
  const std::optional<PgSnapshot>& position() const { return position_; }

 private:
  struct Round {
    PgSnapshot upto;
    Id next_id = 0, last_id = 0;  // ids still to return
    bool has_bounds = false;      // the two ids are known
    std::int64_t slice_ids = 0;   // of the next slice
  };

  void connect();
  void require_same_timeline(store::Session& session);
  void require_covered(const PgSnapshot& next) const;
  std::vector<Event> read_events(const store::Result& rows);
  void begin_round(PgSnapshot upto);
  bool find_bounds(const std::string& upto);
  std::vector<Event> read_round_slice();
  std::optional<std::vector<Event>> try_read_slice(const std::string& upto, Id last);
  void finish_round();

  store::Options options_;
  const std::int64_t max_events_, max_posts_;
  std::optional<PgSnapshot> position_;
  std::optional<Round> round_;
  // The highest transaction with an event: it survives a crash.
  std::optional<TransactionId> last_durable_xid_;
  std::string timeline_;  // of the position; "": not known
  std::optional<Event> last_event_;
  std::unique_ptr<store::Session> session_;
};

}  // namespace feedctl::events
