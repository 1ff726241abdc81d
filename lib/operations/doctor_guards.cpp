#include "operations/doctor_guards.hpp"

#include "base/error.hpp"
#include "events/write_probe.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"
#include "store/guard.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::operations {

namespace {

// The other problems have checks of their own.
void check_guards(Findings& findings, store::Database& database) {
  Finding encoding{"encoding", Severity::ok, "texts are kept as UTF-8"};
  Finding rows{"row_security", Severity::ok, "no row is hidden from this role"};
  Finding node{"node", Severity::ok, "ids have room for feedctl.node"};
  for (const auto& problem : store::find_problems(database)) {
    for (auto* finding : {&encoding, &rows, &node}) {
      if (finding->check == problem.name)
        *finding = {problem.name, Severity::error, problem.reason, problem.hint};
    }
  }
  findings.push_back(std::move(encoding));
  findings.push_back(std::move(rows));
  findings.push_back(std::move(node));
}

std::string reset_read_only(store::Database& database) {
  const auto rows = database.read(sql::doctor::read_only);
  const auto row = rows.single_row();
  const std::string source(row.text(0)), name(row.text(1)), role(row.text(2));
  const std::string reset = " RESET default_transaction_read_only;";
  if (source == "database") return "ALTER DATABASE " + name + reset;
  if (source == "user") return "ALTER ROLE " + role + reset;
  if (source == "database user") return "ALTER ROLE " + role + " IN DATABASE " + name + reset;
  if (source == "client") return "take default_transaction_read_only out of database.url";
  return "ALTER SYSTEM" + reset + " SELECT pg_reload_conf();";
}

std::string fix_of(store::Database& database, const events::WriteRefusal& refusal) {
  if (refusal.sqlstate == store::sqlstate::read_only_sql_transaction)
    return reset_read_only(database);
  if (refusal.sqlstate == store::sqlstate::disk_full) return "make room on the disk of PostgreSQL";
  if (refusal.sqlstate == store::sqlstate::insufficient_privilege ||
      refusal.sqlstate == store::sqlstate::check_violation)
    return "feedctl migrate up";
  return "see what PostgreSQL's log says of it";
}

void check_event_write(Findings& findings, store::Database& database) {
  if (store::is_standby(database)) return;  // log_home reports it
  const auto refusal = events::probe_write(database);
  if (!refusal) {
    findings.push_back(
        {"writes", Severity::ok, "an event can be written (tried, and rolled back)"});
    return;
  }
  findings.push_back({"writes", Severity::error, refusal->reason + ": " + refusal->detail,
                      fix_of(database, *refusal)});
}

void check_collation_version(Findings& findings, store::Database& database) {
  const auto rows = database.read(sql::doctor::collation);
  const std::string name(rows.single_row().text(0));
  if (rows.single_row().boolean(1)) return;
  findings.push_back(
      {"collation", Severity::warning,
       "texts are sorted by another version of the system's library than indexes "
       "were made with",
       "REINDEX DATABASE " + name + "; ALTER DATABASE " + name + " REFRESH COLLATION VERSION;"});
}

}  // namespace

void check_database_guards(Findings& findings, store::Database& database) {
  run_check(findings, "encoding", [&] { check_guards(findings, database); });
}

void check_collation(Findings& findings, store::Database& database) {
  run_check(findings, "collation", [&] { check_collation_version(findings, database); });
}

void check_writes(Findings& findings, store::Database& database) {
  run_check(findings, "writes", [&] { check_event_write(findings, database); });
}

}  // namespace feedctl::operations
