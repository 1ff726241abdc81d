// Whether the daemons find as many connections as they open: the sum of all they open against each
// limit there is.
#include "feedctl/doctor/connections.hpp"

#include <string>

#include "feedctl/doctor/findings.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::cli::checks {

namespace {

using std::to_string;

constexpr std::int64_t lanes = 4;          // like, unlike, follow, unfollow
constexpr std::int64_t index = 2;          // follows the log; loads
constexpr std::int64_t workers_pool = 8;   // jobs, upkeep
constexpr std::int64_t readers_spare = 4;  // beside one a batch: looks, marks
constexpr std::int64_t slots = 1;          // holds their locks
constexpr std::int64_t state = 2;          // readiness, and the look at the database's state

struct Limit {
  std::string what;
  std::int64_t most;
  std::string raise;  // SQL without the number
};

std::vector<Limit> limits_of(store::Database& database) {
  const auto rows = database.read(sql::doctor::limits);
  const auto row = rows.only();
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

std::int64_t connections_of_serve(const config::Config& config) {
  return static_cast<std::int64_t>(config.database.pool_size) + lanes +
         (config.feed.index ? index : 0);
}

std::int64_t connections_of_work(const config::Config& config) {
  return workers_pool + config.work.concurrency + readers_spare + slots + state;
}

void check_connections(Findings& findings, store::Database& database,
                       const config::Config& config) {
  const auto serve = connections_of_serve(config), work = connections_of_work(config);
  Finding finding{
      "connections", Level::ok,
      "one serve opens up to " + to_string(serve) + " connections, one work " + to_string(work), "",
      static_cast<double>(serve + work)};
  for (const auto& limit : limits_of(database)) {
    finding.text += "; " + limit.what + " may have " + to_string(limit.most);
    const auto level = limit.most < serve          ? Level::error
                       : limit.most < serve + work ? Level::warning
                                                   : Level::ok;
    if (level <= finding.level) continue;
    finding.level = level;
    finding.fix =
        limit.raise + to_string(serve + work + 20) +
        "; for each further serve and work as many again, or a smaller database.pool_size";
  }
  findings.push_back(std::move(finding));
}

}  // namespace feedctl::cli::checks
