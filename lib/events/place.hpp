#pragma once
// Where a reader stands within a round of the log: it knows what `before` saw, and of what came
// from there to `upto` the events with ids up to `last`. Another process cuts its rounds elsewhere
// and reads the place all the same. A plain value.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/position.hpp"

namespace feedctl::events {

struct Place {
  Snapshot before, upto;
  std::int64_t last = 0;

  // Between two rounds.
  static Place at(const Snapshot& position) { return {position, position, 0}; }

  // A token's text, and behind that of `upto` ";last;before" where it is within a round. nullopt
  // for anything else.
  static std::optional<Place> parse(std::string_view text);
  std::string text() const;

  bool is_within() const { return last != 0; }
  bool sees(TransactionId xid, std::int64_t id) const {
    return before.sees(xid) || (id <= last && upto.sees(xid));
  }
};

}  // namespace feedctl::events
