#pragma once
// The place of a reader within a round of the log: it has all that `before` sees, and of the events
// from there to `upto` those with ids up to `last_id`. Any process can continue from it, although
// each cuts its rounds elsewhere. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/pg_snapshot.hpp"

namespace feedctl::events {

struct LogCursor {
  PgSnapshot before, upto;
  std::int64_t last_id = 0;

  // Between two rounds.
  static LogCursor at(const PgSnapshot& position) { return {position, position, 0}; }

  // The text of a token of `upto`, and within a round ";last_id;before" after it. nullopt for
  // anything else.
  static std::optional<LogCursor> parse(std::string_view text);
  std::string text() const;

  bool is_within_round() const { return last_id != 0; }
  bool is_visible(TransactionId xid, std::int64_t id) const {
    return before.is_visible(xid) || (id <= last_id && upto.is_visible(xid));
  }
};

}  // namespace feedctl::events
