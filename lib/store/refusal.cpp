#include "store/refusal.hpp"

#include <libpq-events.h>

#include <new>

namespace feedctl::store {

namespace {

void assign(std::string& to, const PGresult* answer, int field) {
  const char* text = PQresultErrorField(answer, field);
  to = text == nullptr ? "" : text;
}

// libpq calls this for every answer; only a refusal is looked into. It may not throw: without
// memory the statement counts as one that nobody answered.
int on_event(PGEventId event, void* what, void* refusal) {
  if (event != PGEVT_RESULTCREATE) return 1;
  const auto* answer = static_cast<PGEventResultCreate*>(what)->result;
  if (PQresultStatus(answer) != PGRES_FATAL_ERROR) return 1;
  auto& to = *static_cast<Refusal*>(refusal);
  try {
    assign(to.constraint, answer, PG_DIAG_CONSTRAINT_NAME);
    assign(to.source, answer, PG_DIAG_SOURCE_FUNCTION);
    assign(to.sqlstate, answer, PG_DIAG_SQLSTATE);
  } catch (const std::bad_alloc&) {
    to.clear();
  }
  return 1;
}

}  // namespace

void Refusal::listen(PGconn* connection) {
  if (PQregisterEventProc(connection, &on_event, "refusal", this) == 0) throw std::bad_alloc();
}

void Refusal::clear() {
  sqlstate.clear();
  constraint.clear();
  source.clear();
}

}  // namespace feedctl::store
