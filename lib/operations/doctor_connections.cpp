#include "operations/doctor_connections.hpp"

#include <algorithm>
#include <string>

#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t command_batchers = 4;        // like, unlike, follow, unfollow
constexpr std::int64_t index_connections = 2;       // the reader of the log, and loads
constexpr std::int64_t revocation_connections = 1;  // news of revoked tokens and of keys
constexpr std::int64_t worker_pool = 8;             // jobs, periodic tasks
constexpr std::int64_t spare_reader_connections =
    4;  // beyond one for each batch: reads, consumer positions
constexpr std::int64_t slot_lease_connections = 1;  // holds the advisory locks
constexpr std::int64_t readiness_connections = 2;   // readiness, and the database's state

struct Limit {
  std::string name;
  std::int64_t max_connections;
  std::string raise_statement;  // SQL without the number
};

std::vector<Limit> load_limits(store::Database& database) {
  const auto rows = database.read(sql::doctor::limits);
  const auto row = rows.single_row();
  const std::string role(row.text(0)), name(row.text(2));
  std::vector<Limit> limits;
  if (row.integer(1) >= 0)
    limits.push_back({"role " + role, row.integer(1), "ALTER ROLE " + role + " CONNECTION LIMIT "});
  if (row.integer(3) >= 0)
    limits.push_back(
        {"database " + name, row.integer(3), "ALTER DATABASE " + name + " CONNECTION LIMIT "});
  limits.push_back({"the server", row.integer(4), "ALTER SYSTEM SET max_connections = "});
  return limits;
}

}  // namespace

std::int64_t max_connections_of_serve(const config::Config& config) {
  return static_cast<std::int64_t>(config.database.pool_size) + command_batchers +
         revocation_connections + (config.feed.index ? index_connections : 0);
}

std::int64_t max_connections_of_work(const config::Config& config) {
  return worker_pool + config.work.concurrency + spare_reader_connections + slot_lease_connections +
         readiness_connections;
}

void check_connections(Findings& findings, store::Database& database, const config::Config& config,
                       std::int64_t serves, std::int64_t works) {
  const auto serve = max_connections_of_serve(config), work = max_connections_of_work(config);
  const auto all =
      std::max<std::int64_t>(serves, 1) * serve + std::max<std::int64_t>(works, 1) * work;
  Finding finding{
      "connections", Severity::ok,
      "one serve opens up to " + to_string(serve) + " connections, one work " + to_string(work), "",
      static_cast<double>(all)};
  if (serves > 1 || works > 1)
    finding.text += "; the " + to_string(serves) + " serve and " + to_string(works) +
                    " work of this machine up to " + to_string(all);
  for (const auto& limit : load_limits(database)) {
    finding.text += "; " + limit.name + " may have " + to_string(limit.max_connections);
    const auto severity = limit.max_connections < serve ? Severity::error
                          : limit.max_connections < all ? Severity::warning
                                                        : Severity::ok;
    if (severity <= finding.severity) continue;
    finding.severity = severity;
    finding.fix =
        limit.raise_statement + to_string(all + 20) +
        "; for each further serve and work as many again, or a smaller database.pool_size";
  }
  findings.push_back(std::move(finding));
}

void check_used_connections(Findings& findings, store::Database& database) {
  constexpr double max_share = 0.8;  // that of the alert FeedctlDatabaseConnections
  const auto rows = database.read(sql::doctor::connections_used);
  const auto used = rows.single_row().integer(0), ours = rows.single_row().integer(1);
  const auto limit = load_limits(database).back();
  Finding finding{"connections_used", Severity::ok,
                  to_string(used) + " of the server's " + to_string(limit.max_connections) +
                      " connections are open, " + to_string(ours) + " of them feedctl's",
                  "", static_cast<double>(used)};
  if (static_cast<double>(used) > max_share * static_cast<double>(limit.max_connections)) {
    finding.severity = Severity::warning;
    finding.fix = limit.raise_statement + to_string(2 * limit.max_connections) +
                  "; and restart PostgreSQL; pg_stat_activity says whose they are";
  }
  findings.push_back(std::move(finding));
}

}  // namespace feedctl::operations
