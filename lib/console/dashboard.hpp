#pragma once
// The operator's dashboard: figures of this process, of the database and of the view counters in
// Redis, and which dependencies answer. A dependency that is down is a figure, not an error: the
// answer comes within max_wait in any case. Concurrent callers share one reading a second of
// each dependency. Thread-safe.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "console/probe.hpp"
#include "http/router.hpp"
#include "store/database.hpp"

namespace feedctl::console {

struct FeedIndexState {
  bool is_ready = false;
  std::int64_t posts = 0;
  std::int64_t users = 0;
  std::int64_t bytes = 0;
};

// A server beside the database. `check` runs on a thread of the dashboard; it throws where the
// server is down, and the text of the exception is shown. Without `check` the dependency is "off":
// the configuration does not use it. `detail` says what it is for.
struct Dependency {
  std::string name;
  std::string detail;
  std::function<void()> check = {};
};

struct DashboardOptions {
  // Without an index: nullopt.
  std::function<std::optional<FeedIndexState>()> feed_index = [] { return std::nullopt; };
  // Views that wait for a flush; may throw. Without a function there are none.
  std::function<std::int64_t()> pending_views = {};
  std::vector<Dependency> dependencies = {};
  std::chrono::milliseconds max_age{1000};  // of a reading
  std::chrono::milliseconds max_wait{500};  // for all readings together
  std::function<Time()> clock = now;
};

class Dashboard {
 public:
  // `database` must outlive it.
  Dashboard(store::Database& database, DashboardOptions options);
  ~Dashboard();

  std::string to_json();

 private:
  struct DatabaseFigures {
    double lag_seconds = 0;
    std::int64_t backlog = 0;
    std::int64_t dead = 0;
    std::optional<double> flush_age_seconds = {};
  };
  struct Checked {};
  struct WatchedDependency;

  DatabaseFigures read_database();
  void request_readings();
  static void append_database(json::Writer& w, const std::optional<DatabaseFigures>& figures,
                              std::optional<std::int64_t> pending);

  store::Database& database_;
  const DashboardOptions options_;
  std::vector<std::unique_ptr<WatchedDependency>> dependencies_;
  std::unique_ptr<Probe<std::int64_t>> pending_views_;
  Probe<DatabaseFigures> database_figures_;
};

// GET /api/v1/admin/dashboard. The dashboard must outlive the router.
void add_dashboard_route(http::Router& router, Dashboard& dashboard);

}  // namespace feedctl::console
