#include "operations/doctor_database.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/ids.hpp"
#include "operations/doctor_backups.hpp"
#include "operations/doctor_clocks.hpp"
#include "operations/doctor_connections.hpp"
#include "operations/doctor_disk.hpp"
#include "operations/doctor_event_log.hpp"
#include "operations/doctor_guards.hpp"
#include "operations/doctor_pipeline.hpp"
#include "operations/doctor_views.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"
#include "store/guard.hpp"
#include "store/migrator.hpp"

namespace feedctl::operations {

namespace {

namespace queries = sql::doctor;
using std::to_string;

constexpr std::int64_t min_tested_postgres = 150000;
constexpr std::int64_t min_wal_mb = 4096;
constexpr std::int64_t min_kept_wal_mb = 512;
constexpr std::int64_t max_transaction_age_s = 60;
constexpr std::int64_t min_checkpoint_timeout_s = 300;
constexpr std::int64_t max_retained_wal_bytes = std::int64_t{1} << 30;
// Transaction ids end 2^31 behind the oldest one that is held; PostgreSQL itself warns at 40 M
// left.
constexpr std::int64_t warn_xid_age = 1'000'000'000, max_xid_age = 1'600'000'000;

class DatabaseChecks {
 public:
  DatabaseChecks(Findings& findings, store::Database& database, const config::Config& config,
                 const DoctorOptions& options)
      : findings_(findings), database_(database), config_(config), options_(options) {}

  void run() {
    const auto before = findings_.size();
    run_check(findings_, "postgresql", [&] { check_server(); });
    if (findings_.size() > before && findings_[before].severity == Severity::error) return;
    run_check(findings_, "connections", [&] {
      check_connections(findings_, database_, config_, options_.serves, options_.works);
    });
    run_check(findings_, "connections_used", [&] { check_used_connections(findings_, database_); });
    check_database_guards(findings_, database_);
    if (version_ >= min_tested_postgres) check_collation(findings_, database_);
    run_check(findings_, "pooler", [&] { check_pooler(); });
    run_check(findings_, "transactions", [&] { check_transactions(); });
    run_check(findings_, "transaction_ids", [&] { check_transaction_ids(); });
    run_check(findings_, "replication_slots", [&] { check_replication_slots(); });
    run_check(findings_, "checkpoints", [&] { check_checkpoints(); });
    check_archiving(findings_, database_);
    run_check(findings_, "database_room", [&] { check_data_folder(); });
    run_check(findings_, "statement_statistics", [&] { check_statement_statistics(); });
    run_check(findings_, "schema", [&] { check_schema(); });
    if (!has_schema_) return;
    run_check(findings_, "indexes", [&] { check_indexes(); });
    run_check(findings_, "clock", [&] { check_newest_id(); });
    check_clocks(findings_, database_, config_);
    check_event_log(findings_, database_, config_);
    check_pipeline(findings_, database_);
    check_view_tables(findings_, database_);
    check_writes(findings_, database_);  // last: it makes a missing partition
  }

 private:
  void add_ok(std::string check, std::string text, std::optional<double> measure = {}) {
    findings_.push_back({std::move(check), Severity::ok, std::move(text), "", measure});
  }
  void add_warning(std::string check, std::string text, std::string fix,
                   std::optional<double> measure = {}) {
    findings_.push_back(
        {std::move(check), Severity::warning, std::move(text), std::move(fix), measure});
  }
  void add_error(std::string check, std::string text, std::string fix,
                 std::optional<double> measure = {}) {
    findings_.push_back(
        {std::move(check), Severity::error, std::move(text), std::move(fix), measure});
  }
  static std::string alter_system(const std::string& setting) {
    return "ALTER SYSTEM SET " + setting + "; SELECT pg_reload_conf();";
  }

  void check_server() {
    const auto result = database_.read(queries::server);
    const auto row = result.single_row();
    version_ = row.integer(0);
    const auto where = "PostgreSQL " + std::string(row.text(1)) + ", database " +
                       std::string(row.text(2)) + " as " + std::string(row.text(3));
    if (version_ < store::min_server_version)
      add_error("postgresql", where + ": too old", "use PostgreSQL 15 or newer");
    else if (version_ < min_tested_postgres)
      add_warning("postgresql", where + ": older than what is tested",
                  "use PostgreSQL 15 or newer");
    else
      add_ok("postgresql", where);
    check_durability(row);
    check_wal(row);
    if (!row.boolean(9))
      add_error("autovacuum", "autovacuum is off: tables grow and ids run out",
                alter_system("autovacuum = on"));
    check_server_clock(row.integer(10));
  }

  void check_durability(const store::Row& row) {
    if (!row.boolean(4))
      add_error("fsync", "fsync is off: a crash can destroy the database",
                alter_system("fsync = on"));
    if (!row.boolean(5))
      add_error("full_page_writes", "full_page_writes is off: a crash can destroy the database",
                alter_system("full_page_writes = on"));
    const std::string commit(row.text(6));
    if (commit == "off")
      add_warning("synchronous_commit", "synchronous_commit is off: a crash loses answered writes",
                  alter_system("synchronous_commit = on"));
    else
      add_ok("durability",
             "synchronous_commit is " + commit + (row.boolean(4) ? ", fsync is on" : ""));
  }

  void check_wal(const store::Row& row) {
    const std::string compression(row.text(7));
    if (compression != "off")
      add_ok("wal_compression", "wal_compression is " + compression);
    else
      add_warning(
          "wal_compression",
          "wal_compression is off: full pages after each checkpoint fill the log",
          alter_system(version_ >= 150000 ? "wal_compression = lz4" : "wal_compression = on"));
    check_minimum("max_wal_size", row.integer(8), "MB", min_wal_mb,
                  "under load checkpoints follow one another", "'8GB'");
    check_minimum("min_wal_size", row.integer(12), "MB", min_kept_wal_mb,
                  "after an idle period commits wait some 100 ms for each new file of the log",
                  "'1GB'");
    check_minimum("checkpoint_timeout", row.integer(11), "s", min_checkpoint_timeout_s,
                  "each page is logged in full once a checkpoint", "'15min'");
  }

  // A setting that is better larger. `why` says what happens below `enough`.
  void check_minimum(const std::string& setting, std::int64_t value, const std::string& unit,
                     std::int64_t enough, const std::string& why, const std::string& better) {
    const auto text = setting + " is " + to_string(value) + " " + unit;
    if (value >= enough)
      add_ok(setting, text, static_cast<double>(value));
    else
      add_warning(setting, text + ": " + why, alter_system(setting + " = " + better),
                  static_cast<double>(value));
  }

  void check_server_clock(std::int64_t theirs) {
    const double apart = static_cast<double>(theirs - unix_us(now())) / 1e6;
    if (apart > 1 || apart < -1)
      add_warning("time",
                  "the clocks of PostgreSQL and of this machine differ by " +
                      to_string(static_cast<std::int64_t>(apart)) + " s",
                  "run an NTP client on both", apart);
  }

  void check_pooler() {
    if (!database_.is_behind_pooler()) return add_ok("pooler", "connected to PostgreSQL directly");
    add_warning("pooler",
                "connected through a pooler: in transaction mode it breaks prepared statements",
                "pool_mode = session for feedctl, or connect directly");
  }

  void check_transactions() {
    const auto oldest = database_.read(queries::oldest_transaction);
    if (oldest.empty() || oldest[0].integer(2) < max_transaction_age_s) {
      add_ok("transactions", "none is older than a minute",
             oldest.empty() ? 0 : static_cast<double>(oldest[0].integer(2)));
    } else {
      const auto row = oldest[0];
      const auto pid = to_string(row.integer(0));
      add_warning("transactions",
                  "process " + pid + " (" + std::string(row.text(1)) +
                      ") has been in a transaction for " + to_string(row.integer(2)) +
                      " s: vacuum and the log's readers wait for it",
                  "SELECT pg_terminate_backend(" + pid + ");", static_cast<double>(row.integer(2)));
    }
    if (!database_.read(queries::sees_all_sessions).single_row().boolean(0)) {
      add_ok(
          "transactions",
          "other roles' sessions are hidden; to see them: GRANT pg_read_all_stats TO CURRENT_USER, "
          "as superuser");
    }
    const auto prepared = database_.read(queries::prepared_transactions);
    if (!prepared.empty()) {
      const std::string gid(prepared[0].text(0));
      add_warning("prepared_transactions",
                  "prepared transaction " + gid + " has waited for " +
                      to_string(prepared[0].integer(1)) + " s",
                  "ROLLBACK PREPARED '" + gid + "';");
    }
  }

  void check_transaction_ids() {
    const auto oldest = database_.read(queries::transaction_ids);
    const auto row = oldest.single_row();
    const auto age = row.integer(0);
    const std::string name(row.text(1));
    const auto text = "the oldest is " + to_string(age / 1'000'000) + " million behind, in " + name;
    const auto measure = static_cast<double>(age);
    // The checks transactions, prepared_transactions and replication_slots name the cause.
    const auto fix = "vacuumdb --freeze --dbname=" + name + ", as superuser";
    if (age > max_xid_age)
      add_error("transaction_ids", text + ": PostgreSQL stops taking writes at 2147", fix, measure);
    else if (age > warn_xid_age || age > 2 * row.integer(2))
      add_warning("transaction_ids", text + ": vacuum makes no progress", fix, measure);
    else
      add_ok("transaction_ids", text, measure);
  }

  void check_replication_slots() {
    const auto idle = database_.read(queries::idle_slots);
    if (idle.empty()) return;
    const std::string name(idle[0].text(0));
    const auto kept = idle[0].integer(1);
    const auto text = "nobody reads replication slot " + name + ", which keeps " +
                      to_string(kept >> 20) + " MB of the write-ahead log";
    const auto fix = "SELECT pg_drop_replication_slot('" + name + "');";
    if (kept > max_retained_wal_bytes)
      add_warning("replication_slots", text, fix, static_cast<double>(kept));
    else
      add_ok("replication_slots", text, static_cast<double>(kept));
  }

  void check_checkpoints() {
    const auto result =
        database_.read(version_ >= 170000 ? queries::checkpoints_17 : queries::checkpoints);
    const auto timed = result.single_row().integer(0), forced = result.single_row().integer(1);
    const auto text = to_string(timed) + " checkpoints by time, " + to_string(forced) + " forced";
    if (forced > timed + 10)
      add_warning("checkpoints", text + ": the log outgrows max_wal_size",
                  alter_system("max_wal_size = '16GB'"), static_cast<double>(forced));
    else
      add_ok("checkpoints", text, static_cast<double>(forced));
  }

  // Where the server is on this machine and this role may know where its data are.
  void check_data_folder() {
    const auto rows = database_.read(queries::data_folder);
    if (rows.empty()) return;
    const std::string folder(rows[0].text(0));
    if (::access(folder.c_str(), F_OK) == 0) check_free_space(findings_, "database_room", folder);
  }

  void check_statement_statistics() {
    if (database_.read(queries::statement_statistics).single_row().boolean(0))
      return add_ok("statement_statistics", "pg_stat_statements is there");
    findings_.push_back({"statement_statistics", Severity::ok,
                         "pg_stat_statements is not there; nothing needs it, and it tells which "
                         "statements take the time",
                         "shared_preload_libraries = 'pg_stat_statements', restart PostgreSQL, "
                         "CREATE EXTENSION pg_stat_statements;"});
  }

  void check_schema() {
    using State = store::MigrationStatus::State;
    const auto all = store::migration_status(config_.database.url);
    const auto count = [&](State state) {
      return std::count_if(all.begin(), all.end(), [&](const auto& m) { return m.state == state; });
    };
    has_schema_ = count(State::applied) + count(State::changed) > 0;
    if (count(State::unknown) > 0)
      return add_error("schema", "newer than this binary", "install the feedctl that made it");
    if (count(State::changed) > 0)
      return add_error("schema", "a migration has changed since it was applied",
                       "feedctl migrate verify");
    if (count(State::pending) > 0)
      return add_error("schema",
                       to_string(count(State::pending)) + " of " + to_string(all.size()) +
                           " migrations are pending",
                       "feedctl migrate up");
    add_ok("schema",
           "version " + to_string(all.empty() ? 0 : all.back().version) + ", nothing pending");
  }

  void check_indexes() {
    for (const auto row : database_.read(queries::invalid_indexes)) {
      const std::string name(row.text(0));
      add_warning("indexes", "index " + name + " is invalid: kept up to date, never used",
                  "REINDEX INDEX CONCURRENTLY " + name + ";");
    }
  }

  void check_newest_id() {
    const auto result = database_.read(queries::newest_ids);
    const auto row = result.single_row();
    const auto newest =
        std::max(row.maybe_integer(0).value_or(0), row.maybe_integer(1).value_or(0));
    if (newest == 0) return add_ok("clock", "no ids yet");
    const double behind = static_cast<double>(unix_us(time_of_id(newest)) - unix_us(now())) / 1e6;
    if (behind <= 1)
      return add_ok("clock",
                    "the newest id is of " +
                        rfc3339(std::chrono::floor<std::chrono::seconds>(time_of_id(newest))),
                    behind);
    add_error("clock",
              "the newest id lies " + to_string(static_cast<std::int64_t>(behind)) +
                  " s ahead of the clock: new posts would sort below it",
              "set the clock right (chronyc makestep), or wait", behind);
  }

  Findings& findings_;
  store::Database& database_;
  const config::Config& config_;
  const DoctorOptions& options_;
  std::int64_t version_ = 0;
  bool has_schema_ = false;
};

}  // namespace

void check_database(Findings& findings, store::Database& database, const config::Config& config,
                    const DoctorOptions& options) {
  DatabaseChecks(findings, database, config, options).run();
}

}  // namespace feedctl::operations
