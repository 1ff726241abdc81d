#pragma once
// A PostgreSQL snapshot: the position of a reader of the event log. It is never an event id: ids
// are drawn before their commit, and a long transaction must delay no other event. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::events {

using TransactionId = std::uint64_t;  // xid8

// A decimal number; nullopt, or Error(internal), for anything else.
std::optional<TransactionId> try_parse_xid(std::string_view text);
TransactionId parse_xid(std::string_view text);

// As pg_current_snapshot() gives it: every transaction below xmax that is not in xip has ended.
struct PgSnapshot {
  TransactionId xmin = 1;
  TransactionId xmax = 1;
  std::vector<TransactionId> xip;  // ascending

  // "xmin:xmax:x1,x2"; nullopt for anything else.
  static std::optional<PgSnapshot> parse(std::string_view text);
  std::string text() const;

  bool is_visible(TransactionId id) const;
  // Whether this one sees all that `other` sees.
  // Two snapshots that the server took are ordered. One with an own transaction added to it may be
  // neither above nor below another.
  bool covers(const PgSnapshot& other) const;
  // The least snapshot that sees what either of the two sees.
  PgSnapshot merge(const PgSnapshot& other) const;
  // The part below `next`. A reader keeps only that after a lost connection: a server that crashed
  // may use the transaction ids from `next` on again.
  PgSnapshot truncate(TransactionId next) const;
};

// Reads pg_current_snapshot()::text. Error(internal) for anything else.
PgSnapshot parse_snapshot(std::string_view text);

}  // namespace feedctl::events
