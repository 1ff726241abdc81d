#pragma once
// What the server said of the last statement that failed, read from the fields of its answer: the
// message is in whatever language lc_messages names, and the exceptions of libpqxx carry little
// else. Inside lib/store only; of one connection, which must not outlive it.
#include <libpq-fe.h>

#include <string>

namespace feedctl::store {

struct Refusal {
  std::string sqlstate;    // "": no server refused anything
  std::string constraint;  // the name that it may carry, "" where it has none
  std::string source;      // the function of the server that refused

  // Hears from now on of every answer on this connection. Throws std::bad_alloc.
  void listen(PGconn* connection);
  void clear();
};

}  // namespace feedctl::store
