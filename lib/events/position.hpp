#pragma once
// Where a reader of the log stands: a PostgreSQL snapshot, never an id, since ids are drawn before
// their commit and a long transaction must hold nobody up. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::events {

using TransactionId = std::uint64_t;  // xid8

// What pg_current_snapshot() tells: every transaction below xmax that is not among xip has ended.
struct Snapshot {
  TransactionId xmin = 1;
  TransactionId xmax = 1;
  std::vector<TransactionId> xip;  // ascending

  // "xmin:xmax:x1,x2"; nullopt for anything else.
  static std::optional<Snapshot> parse(std::string_view text);
  std::string text() const;

  bool sees(TransactionId id) const;
  // Whatever `other` sees, this one sees too.
  bool covers(const Snapshot& other) const;
  // What a reader keeps of its position when its connection broke: transaction ids from `next` on
  // may be used again after a crash of the server, so they count as not seen.
  Snapshot cut(TransactionId next) const;
};

// Of pg_current_snapshot()::text. Error(internal) for what is none.
Snapshot snapshot_of(std::string_view text);

// What a client has seen or done: the snapshot of a page or of a command's last statement, and for
// a command its own transaction.
struct Token {
  Snapshot snapshot;
  std::optional<TransactionId> own;

  static std::optional<Token> parse(std::string_view text);
  std::string text() const;
  // The snapshot, and its own transaction.
  Snapshot seen() const;
  // A reader at `position` shows all that the token saw.
  bool covered_by(const Snapshot& position) const;
};

}  // namespace feedctl::events
