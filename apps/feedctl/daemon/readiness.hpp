#pragma once
// Readiness of the database: an ordered list of small named checks, shared by serve and work. Load
// balancers and orchestrators ask for it at /health/ready.
//
// The database must outlive the objects. Thread-safe. Error(unavailable) if the database is away.
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "feedctl/daemon/periodic_tasks.hpp"
#include "store/database.hpp"

namespace feedctl::app {

// The answer of /health/ready.
struct ReadinessStatus {
  bool is_ready;
  std::string status;  // "ok", "degraded", "starting", "draining", "waiting", or NotReady::status
  std::string reason;  // "" or one line
};

// Why the database cannot be used.
struct NotReady {
  std::string status;  // one word: "schema", "cluster", "writes", ..
  std::string reason;  // one line, with the remedy
};

struct ReadinessCheck {
  std::string name;
  // How long a result is cached; 0: not at all.
  std::chrono::milliseconds max_age;
  // nullopt: it holds. Error(unavailable) if the database is away.
  std::function<std::optional<NotReady>(store::Database&)> run;
};

std::vector<ReadinessCheck> readiness_checks();

class Readiness {
 public:
  explicit Readiness(store::Database& database) : database_(database) {}

  // The first check that fails. Error(unavailable) if the database is away or a standby.
  std::optional<NotReady> check();

 private:
  struct CachedCheck {
    ReadinessCheck check;
    std::optional<NotReady> result = std::nullopt;
    std::chrono::steady_clock::time_point checked_at = {};
  };
  static std::vector<CachedCheck> make_checks();
  bool is_current(const CachedCheck& cached) const;

  store::Database& database_;
  std::mutex mutex_;
  std::vector<CachedCheck> checks_ = make_checks();
};

// Rechecks the guards of store/guard.hpp, since a migration changes the answer while connections
// stay open. The database must outlive the task.
PeriodicTasks::Task database_state_task(store::Database& database);

}  // namespace feedctl::app
