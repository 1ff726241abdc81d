#pragma once
// The token of "read your writes": what a client has seen or done. It is the snapshot of a page or
// of a command's last statement, and for a command its own transaction. Plain values.
#include <optional>
#include <string>
#include <string_view>

#include "events/pg_snapshot.hpp"

namespace feedctl::events {

struct ConsistencyToken {
  PgSnapshot snapshot;
  std::optional<TransactionId> own_xid;

  // "own_xid;snapshot", where own_xid may be empty; nullopt for anything else.
  static std::optional<ConsistencyToken> parse(std::string_view text);
  std::string text() const;
  // The snapshot after the own transaction.
  PgSnapshot with_own_xid() const;
  // Whether a reader at `position` shows all that the token saw.
  bool is_covered_by(const PgSnapshot& position) const;
};

}  // namespace feedctl::events
