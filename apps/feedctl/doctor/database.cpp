#include "store/database.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "feedctl/doctor/findings.hpp"
#include "sql/doctor.hpp"
#include "store/guard.hpp"
#include "store/migrator.hpp"

namespace feedctl::cli::checks {

namespace {

namespace queries = sql::doctor;
using std::to_string;

constexpr std::int64_t tested = 150000;
constexpr std::int64_t least_wal_mb = 4096;
constexpr std::int64_t least_kept_wal_mb = 512;
constexpr std::int64_t old_transaction_s = 60;
constexpr std::int64_t least_checkpoint_timeout_s = 300;
constexpr std::int64_t much_wal = std::int64_t{1} << 30;
// Transaction ids end 2^31 behind the oldest one that is held; PostgreSQL itself warns at 40 M
// left.
constexpr std::int64_t many_ids = 1'000'000'000, too_many_ids = 1'600'000'000;

class Checks {
 public:
  Checks(Findings& findings, store::Database& database, const config::Config& config)
      : findings_(findings), database_(database), config_(config) {}

  void all() {
    const auto before = findings_.size();
    guarded(findings_, "postgresql", [&] { server(); });
    if (findings_.size() > before && findings_[before].level == Level::error) return;
    guarded(findings_, "connections", [&] { check_connections(findings_, database_, config_); });
    check_fitness(findings_, database_);
    if (version_ >= tested) check_collation(findings_, database_);
    guarded(findings_, "pooler", [&] { pooler(); });
    guarded(findings_, "transactions", [&] { transactions(); });
    guarded(findings_, "transaction_ids", [&] { transaction_ids(); });
    guarded(findings_, "replication_slots", [&] { replication_slots(); });
    guarded(findings_, "checkpoints", [&] { checkpoints(); });
    guarded(findings_, "schema", [&] { schema(); });
    if (!migrated_) return;
    guarded(findings_, "indexes", [&] { indexes(); });
    guarded(findings_, "clock", [&] { clock(); });
    check_clocks(findings_, database_, config_);
    check_log(findings_, database_, config_);
    check_writes(findings_, database_);  // which makes a part that is missing
  }

 private:
  void ok(std::string check, std::string text, std::optional<double> measure = {}) {
    findings_.push_back({std::move(check), Level::ok, std::move(text), "", measure});
  }
  void warn(std::string check, std::string text, std::string fix,
            std::optional<double> measure = {}) {
    findings_.push_back(
        {std::move(check), Level::warning, std::move(text), std::move(fix), measure});
  }
  void fail(std::string check, std::string text, std::string fix,
            std::optional<double> measure = {}) {
    findings_.push_back({std::move(check), Level::error, std::move(text), std::move(fix), measure});
  }
  static std::string alter(const std::string& setting) {
    return "ALTER SYSTEM SET " + setting + "; SELECT pg_reload_conf();";
  }

  void server() {
    const auto result = database_.read(queries::server);
    const auto row = result.only();
    version_ = row.integer(0);
    const auto where = "PostgreSQL " + std::string(row.text(1)) + ", database " +
                       std::string(row.text(2)) + " as " + std::string(row.text(3));
    if (version_ < store::oldest_server)
      fail("postgresql", where + ": too old", "use PostgreSQL 15 or newer");
    else if (version_ < tested)
      warn("postgresql", where + ": older than what is tested", "use PostgreSQL 15 or newer");
    else
      ok("postgresql", where);
    durability(row);
    wal(row);
    if (!row.boolean(9))
      fail("autovacuum", "autovacuum is off: tables grow and ids run out",
           alter("autovacuum = on"));
    server_clock(row.integer(10));
  }

  void durability(const store::Row& row) {
    if (!row.boolean(4))
      fail("fsync", "fsync is off: a crash can destroy the database", alter("fsync = on"));
    if (!row.boolean(5))
      fail("full_page_writes", "full_page_writes is off: a crash can destroy the database",
           alter("full_page_writes = on"));
    const std::string commit(row.text(6));
    if (commit == "off")
      warn("synchronous_commit", "synchronous_commit is off: a crash loses answered writes",
           alter("synchronous_commit = on"));
    else
      ok("durability", "synchronous_commit is " + commit + (row.boolean(4) ? ", fsync is on" : ""));
  }

  void wal(const store::Row& row) {
    const std::string compression(row.text(7));
    if (compression != "off")
      ok("wal_compression", "wal_compression is " + compression);
    else
      warn("wal_compression",
           "wal_compression is off: full pages after each checkpoint fill the log",
           alter(version_ >= 150000 ? "wal_compression = lz4" : "wal_compression = on"));
    at_least("max_wal_size", row.integer(8), "MB", least_wal_mb,
             "under load checkpoints follow one another", "'8GB'");
    at_least("min_wal_size", row.integer(12), "MB", least_kept_wal_mb,
             "at the end of a lull commits wait some 100 ms for each new file of the log", "'1GB'");
    at_least("checkpoint_timeout", row.integer(11), "s", least_checkpoint_timeout_s,
             "each page is logged in full once a checkpoint", "'15min'");
  }

  // A setting that is better larger. `why` says what happens below `enough`.
  void at_least(const std::string& setting, std::int64_t value, const std::string& unit,
                std::int64_t enough, const std::string& why, const std::string& better) {
    const auto text = setting + " is " + to_string(value) + " " + unit;
    if (value >= enough)
      ok(setting, text, static_cast<double>(value));
    else
      warn(setting, text + ": " + why, alter(setting + " = " + better), static_cast<double>(value));
  }

  void server_clock(std::int64_t theirs) {
    const double apart = static_cast<double>(theirs - unix_us(now())) / 1e6;
    if (apart > 1 || apart < -1)
      warn("time",
           "the clocks of PostgreSQL and of this machine differ by " +
               to_string(static_cast<std::int64_t>(apart)) + " s",
           "run an NTP client on both", apart);
  }

  void pooler() {
    if (!database_.behind_pooler()) return ok("pooler", "connected to PostgreSQL directly");
    warn("pooler", "connected through a pooler: in transaction mode it breaks prepared statements",
         "pool_mode = session for feedctl, or connect directly");
  }

  void transactions() {
    const auto oldest = database_.read(queries::oldest_transaction);
    if (oldest.empty() || oldest[0].integer(2) < old_transaction_s) {
      ok("transactions", "none is older than a minute",
         oldest.empty() ? 0 : static_cast<double>(oldest[0].integer(2)));
    } else {
      const auto row = oldest[0];
      const auto pid = to_string(row.integer(0));
      warn("transactions",
           "process " + pid + " (" + std::string(row.text(1)) + ") has been in a transaction for " +
               to_string(row.integer(2)) + " s: vacuum and the log's readers wait for it",
           "SELECT pg_terminate_backend(" + pid + ");", static_cast<double>(row.integer(2)));
    }
    if (!database_.read(queries::sees_all_sessions).only().boolean(0)) {
      ok("transactions",
         "other roles' sessions are hidden; to see them: GRANT pg_read_all_stats TO CURRENT_USER, "
         "as superuser");
    }
    const auto prepared = database_.read(queries::prepared_transactions);
    if (!prepared.empty()) {
      const std::string gid(prepared[0].text(0));
      warn("prepared_transactions",
           "prepared transaction " + gid + " has waited for " + to_string(prepared[0].integer(1)) +
               " s",
           "ROLLBACK PREPARED '" + gid + "';");
    }
  }

  void transaction_ids() {
    const auto oldest = database_.read(queries::transaction_ids);
    const auto row = oldest.only();
    const auto age = row.integer(0);
    const std::string name(row.text(1));
    const auto text = "the oldest is " + to_string(age / 1'000'000) + " million behind, in " + name;
    const auto measure = static_cast<double>(age);
    // What holds them back is told by transactions, prepared_transactions and replication_slots.
    const auto fix = "vacuumdb --freeze --dbname=" + name + ", as superuser";
    if (age > too_many_ids)
      fail("transaction_ids", text + ": PostgreSQL stops taking writes at 2147", fix, measure);
    else if (age > many_ids || age > 2 * row.integer(2))
      warn("transaction_ids", text + ": vacuum does not get on", fix, measure);
    else
      ok("transaction_ids", text, measure);
  }

  void replication_slots() {
    const auto idle = database_.read(queries::idle_slots);
    if (idle.empty()) return;
    const std::string name(idle[0].text(0));
    const auto kept = idle[0].integer(1);
    const auto text = "nobody reads replication slot " + name + ", which keeps " +
                      to_string(kept >> 20) + " MB of the write-ahead log";
    const auto fix = "SELECT pg_drop_replication_slot('" + name + "');";
    if (kept > much_wal)
      warn("replication_slots", text, fix, static_cast<double>(kept));
    else
      ok("replication_slots", text, static_cast<double>(kept));
  }

  void checkpoints() {
    const auto result =
        database_.read(version_ >= 170000 ? queries::checkpoints_17 : queries::checkpoints);
    const auto timed = result.only().integer(0), forced = result.only().integer(1);
    const auto text = to_string(timed) + " checkpoints by time, " + to_string(forced) + " forced";
    if (forced > timed + 10)
      warn("checkpoints", text + ": the log outgrows max_wal_size", alter("max_wal_size = '16GB'"),
           static_cast<double>(forced));
    else
      ok("checkpoints", text, static_cast<double>(forced));
  }

  void schema() {
    using State = store::MigrationStatus::State;
    const auto all = store::migration_status(config_.database.url);
    const auto count = [&](State state) {
      return std::count_if(all.begin(), all.end(), [&](const auto& m) { return m.state == state; });
    };
    migrated_ = count(State::applied) + count(State::changed) > 0;
    if (count(State::unknown) > 0)
      return fail("schema", "newer than this binary", "install the feedctl that made it");
    if (count(State::changed) > 0)
      return fail("schema", "a migration has changed since it was applied",
                  "feedctl migrate verify");
    if (count(State::pending) > 0)
      return fail("schema",
                  to_string(count(State::pending)) + " of " + to_string(all.size()) +
                      " migrations are pending",
                  "feedctl migrate up");
    ok("schema",
       "version " + to_string(all.empty() ? 0 : all.back().version) + ", nothing pending");
  }

  void indexes() {
    for (const auto row : database_.read(queries::invalid_indexes)) {
      const std::string name(row.text(0));
      warn("indexes", "index " + name + " is invalid: kept up to date, never used",
           "REINDEX INDEX CONCURRENTLY " + name + ";");
    }
  }

  void clock() {
    const auto result = database_.read(queries::newest_ids);
    const auto row = result.only();
    const auto newest =
        std::max(row.maybe_integer(0).value_or(0), row.maybe_integer(1).value_or(0));
    if (newest == 0) return ok("clock", "no ids yet");
    const double behind = static_cast<double>(unix_us(time_of_id(newest)) - unix_us(now())) / 1e6;
    if (behind <= 1)
      return ok("clock",
                "the newest id is of " +
                    rfc3339(std::chrono::floor<std::chrono::seconds>(time_of_id(newest))),
                behind);
    fail("clock",
         "the newest id lies " + to_string(static_cast<std::int64_t>(behind)) +
             " s ahead of the clock: new posts would sort below it",
         "set the clock right (chronyc makestep), or wait", behind);
  }

  Findings& findings_;
  store::Database& database_;
  const config::Config& config_;
  std::int64_t version_ = 0;
  bool migrated_ = false;
};

}  // namespace

void check_database(Findings& findings, store::Database& database, const config::Config& config) {
  Checks(findings, database, config).all();
}

}  // namespace feedctl::cli::checks
