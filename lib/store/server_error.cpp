#include "store/server_error.hpp"

#include <libpq-events.h>

#include <new>

namespace feedctl::store {

namespace {

void copy_field(std::string& to, const PGresult* answer, int field) {
  const char* text = PQresultErrorField(answer, field);
  to = text == nullptr ? "" : text;
}

// libpq calls this for every result. It must not throw: without memory the statement counts as
// unanswered.
int on_event(PGEventId event, void* data, void* server_error) {
  if (event != PGEVT_RESULTCREATE) return 1;
  const auto* answer = static_cast<PGEventResultCreate*>(data)->result;
  if (PQresultStatus(answer) != PGRES_FATAL_ERROR) return 1;
  auto& to = *static_cast<ServerError*>(server_error);
  try {
    copy_field(to.constraint, answer, PG_DIAG_CONSTRAINT_NAME);
    copy_field(to.source_function, answer, PG_DIAG_SOURCE_FUNCTION);
    copy_field(to.sqlstate, answer, PG_DIAG_SQLSTATE);
  } catch (const std::bad_alloc&) {
    to.clear();
  }
  return 1;
}

}  // namespace

void ServerError::attach(PGconn* connection) {
  if (PQregisterEventProc(connection, &on_event, "refusal", this) == 0) throw std::bad_alloc();
}

void ServerError::clear() {
  sqlstate.clear();
  constraint.clear();
  source_function.clear();
}

}  // namespace feedctl::store
