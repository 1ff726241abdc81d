#pragma once
// serve and work on a PostgreSQL whose clock the test steps, and what to wait for.
#include <memory>
#include <string>

#include "support/own_postgres.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;

// For a condition that must come: far more than a busy machine needs.
inline constexpr auto patience = 120s;

class SteppedClockCluster {
 public:
  SteppedClockCluster() : postgres(support::PrivatePostgres::Clock::stepped) {}

  std::string sql(const std::string& text) const { return postgres.execute(text); }
  std::int64_t number(const std::string& text) const { return std::stoll(sql(text)); }
  bool eventually(const std::string& condition) const {
    return support::eventually(patience, [&] { return sql("SELECT " + condition) == "t"; });
  }

  void start_serve() {
    serve = std::make_unique<support::ServerProcess>(postgres.url(), support::Settings{});
  }
  void start_work(const support::Settings& settings = {}) {
    std::vector<std::string> argv{support::feedctl_binary(), "work", "--set", "log.level=warning"};
    for (const auto& [key, value] : settings) argv.insert(argv.end(), {"--set", key + "=" + value});
    work = std::make_unique<support::BackgroundProcess>(argv, run_options());
  }
  // After let_clock_settle(): upkeep is at the last of its tasks, each of which looks at the clock.
  bool wait_for_periodic_tasks() const {
    return eventually("n_tup_upd >= 6 FROM pg_stat_user_tables WHERE relname = 'upkeep_clock'");
  }
  // As if workers had run for long, and seen no jump of the clock.
  void let_clock_settle() const {
    sql("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 36000000, seen_at = clock_timestamp() "
        "RETURNING 1");
  }
  support::RunResult feedctl(const std::vector<std::string>& arguments) const {
    auto options = run_options();
    options.timeout = patience;
    return support::run_feedctl(arguments, options);
  }
  support::RunOptions run_options() const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + postgres.url(), "FEEDCTL_CONFIG"};
    return options;
  }

  support::PrivatePostgres postgres;
  std::unique_ptr<support::ServerProcess> serve;
  std::unique_ptr<support::BackgroundProcess> work;
};

}  // namespace feedctl::test
