#include "events/write_probe.hpp"

#include "sql/events.hpp"

namespace feedctl::events {

namespace {

// Of the moment, and not of the database: another transaction was in the way, or it was ended.
bool passes(const std::string& sqlstate) {
  for (const char* prefix : {"40", "55P03", "57", "53300", "08", "25P0"}) {
    if (sqlstate.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

std::string reason_of(const store::SqlError& error) {
  if (error.sqlstate() == "23514") return "the event log has no partition for now";
  if (error.code() == ErrorCode::unavailable) return error.what();
  return "the database refuses writes";
}

}  // namespace

std::optional<WriteRefusal> try_write(store::Database& database) {
  try {
    auto tx = database.write();
    tx.query(sql::events::try_write);
    return std::nullopt;  // and never committed
  } catch (const store::SqlError& error) {
    if (passes(error.sqlstate())) return std::nullopt;
    return WriteRefusal{error.sqlstate(), reason_of(error), error.detail()};
  }
}

}  // namespace feedctl::events
