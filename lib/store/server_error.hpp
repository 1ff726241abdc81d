#pragma once
// The fields of the last failed statement's error, taken from libpq: the message depends on
// lc_messages, and libpqxx's exceptions carry little else. Private to lib/store; belongs to one
// connection, which must not outlive it.
#include <libpq-fe.h>

#include <string>

namespace feedctl::store {

struct ServerError {
  std::string sqlstate;         // "": the server refused no statement
  std::string constraint;       // "": the error names none
  std::string source_function;  // of the server's code

  // Observes every result of the connection from now on. Throws std::bad_alloc.
  void attach(PGconn* connection);
  void clear();
};

}  // namespace feedctl::store
