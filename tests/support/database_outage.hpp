#pragma once
// An outage of one test's own database: its server refuses and ends all connections to it, while
// other databases go on. One thread.
#include "support/fresh_database.hpp"

namespace feedctl::support {

class DatabaseOutage {
 public:
  explicit DatabaseOutage(const FreshDatabase& database) : database_(database) {
    set_connections_allowed(false);
    database_.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                      database_.name() + "' AND pid <> pg_backend_pid()");
  }
  DatabaseOutage(const DatabaseOutage&) = delete;
  DatabaseOutage& operator=(const DatabaseOutage&) = delete;
  ~DatabaseOutage() {
    if (!is_over_) end();
  }
  void end() {
    set_connections_allowed(true);
    is_over_ = true;
  }

 private:
  // A superuser may still connect, which a database without connections would refuse.
  void set_connections_allowed(bool allowed) {
    database_.execute("ALTER DATABASE \"" + database_.name() + "\" CONNECTION LIMIT " +
                      (allowed ? "-1" : "0"));
  }

  const FreshDatabase& database_;
  bool is_over_ = false;
};

}  // namespace feedctl::support
