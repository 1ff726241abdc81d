// Whether this binary may use the database at all, as guards and readiness ask, and whether it can
// be written to: tried, and rolled back.
#include "base/error.hpp"
#include "events/write_probe.hpp"
#include "feedctl/doctor/findings.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"
#include "store/guard.hpp"

namespace feedctl::cli::checks {

namespace {

// The others are told by the checks of their own names.
void fit(Findings& findings, store::Database& database) {
  Finding encoding{"encoding", Level::ok, "texts are kept as UTF-8"};
  Finding rows{"row_security", Level::ok, "no row is hidden from this role"};
  Finding node{"node", Level::ok, "ids have room for feedctl.node"};
  for (const auto& problem : store::problems_of(database)) {
    for (auto* finding : {&encoding, &rows, &node}) {
      if (finding->check == problem.name)
        *finding = {problem.name, Level::error, problem.reason, problem.hint};
    }
  }
  findings.push_back(std::move(encoding));
  findings.push_back(std::move(rows));
  findings.push_back(std::move(node));
}

std::string reset_read_only(store::Database& database) {
  const auto rows = database.read(sql::doctor::read_only);
  const auto row = rows.only();
  const std::string source(row.text(0)), name(row.text(1)), role(row.text(2));
  const std::string reset = " RESET default_transaction_read_only;";
  if (source == "database") return "ALTER DATABASE " + name + reset;
  if (source == "user") return "ALTER ROLE " + role + reset;
  if (source == "database user") return "ALTER ROLE " + role + " IN DATABASE " + name + reset;
  if (source == "client") return "take default_transaction_read_only out of database.url";
  return "ALTER SYSTEM" + reset + " SELECT pg_reload_conf();";
}

std::string fix_of(store::Database& database, const events::WriteRefusal& refusal) {
  if (refusal.sqlstate == "25006") return reset_read_only(database);
  if (refusal.sqlstate == "53100") return "make room on the disk of PostgreSQL";
  if (refusal.sqlstate == "42501" || refusal.sqlstate == "23514") return "feedctl migrate up";
  return "see what PostgreSQL's log says of it";
}

void writes(Findings& findings, store::Database& database) {
  if (store::is_standby(database)) return;  // log_home tells
  const auto refusal = events::try_write(database);
  if (!refusal) {
    findings.push_back({"writes", Level::ok, "an event can be written (tried, and rolled back)"});
    return;
  }
  findings.push_back({"writes", Level::error, refusal->reason + ": " + refusal->detail,
                      fix_of(database, *refusal)});
}

void collation(Findings& findings, store::Database& database) {
  const auto rows = database.read(sql::doctor::collation);
  const std::string name(rows.only().text(0));
  if (rows.only().boolean(1)) return;
  findings.push_back(
      {"collation", Level::warning,
       "texts are sorted by another version of the system's library than indexes "
       "were made with",
       "REINDEX DATABASE " + name + "; ALTER DATABASE " + name + " REFRESH COLLATION VERSION;"});
}

}  // namespace

void check_fitness(Findings& findings, store::Database& database) {
  guarded(findings, "encoding", [&] { fit(findings, database); });
}

void check_collation(Findings& findings, store::Database& database) {
  guarded(findings, "collation", [&] { collation(findings, database); });
}

void check_writes(Findings& findings, store::Database& database) {
  guarded(findings, "writes", [&] { writes(findings, database); });
}

}  // namespace feedctl::cli::checks
