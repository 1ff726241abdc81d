#include "events/write_probe.hpp"

#include "sql/events.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::events {

namespace {

// An error that ends by itself: another transaction held a lock, or the server ended this one.
bool is_temporary(const std::string& sqlstate) {
  namespace s = store::sqlstate;
  return s::is_any_of(
      sqlstate, {s::transaction_rollback, s::lock_not_available, s::operator_intervention,
                 s::too_many_connections, s::connection_exception, s::session_timeout_prefix});
}

std::string reason_of(const store::SqlError& error) {
  if (error.sqlstate() == store::sqlstate::check_violation)
    return "the event log has no partition for the present time";
  if (error.code() == ErrorCode::unavailable) return error.what();
  return "the database refuses writes";
}

}  // namespace

std::optional<WriteRefusal> probe_write(store::Database& database) {
  try {
    auto tx = database.write();
    tx.query(sql::events::try_write);
    return std::nullopt;  // without a commit: the write is undone
  } catch (const store::SqlError& error) {
    if (is_temporary(error.sqlstate())) return std::nullopt;
    return WriteRefusal{error.sqlstate(), reason_of(error), error.detail()};
  }
}

}  // namespace feedctl::events
