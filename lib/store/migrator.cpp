#include "store/migrator.hpp"

#include <algorithm>
#include <map>
#include <thread>

#include "base/backoff.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "sql/migrations.hpp"
#include "sql/store.hpp"
#include "store/batch_options.hpp"
#include "store/connection.hpp"
#include "store/connection_check.hpp"
#include "store/server_keys.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::store {

namespace {

constexpr int lock_attempts = 5;

constexpr const char* create_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL,"
    " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), milliseconds bigint NOT "
    "NULL)";

// Reading and appending only: the log stays append-only for holders of the application's password.
constexpr const char* grants =
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO $user;"
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO $user;"
    "REVOKE UPDATE, DELETE ON events FROM $user;"
    // Absent where a test applies only the older migrations.
    "DO $do$ BEGIN IF to_regclass('public.audit_log') IS NOT NULL THEN"
    " EXECUTE format('REVOKE UPDATE ON audit_log FROM %I', $name); END IF; END $do$;"
    // Only the parent tables have rights; ALL TABLES has just granted them on the partitions, too.
    "DO $do$ DECLARE part regclass; BEGIN"
    " FOR part IN SELECT inhrelid FROM pg_inherits"
    " WHERE inhparent IN ('events'::regclass, 'user_feed'::regclass,"
    " 'post_view_seen'::regclass) LOOP"
    " EXECUTE format('REVOKE ALL ON %s FROM %I', part, $name); END LOOP; END $do$;"
    "REVOKE INSERT, UPDATE, DELETE ON schema_migrations, server_keys, signing_keys, log_state FROM "
    "$user;"
    "GRANT EXECUTE ON FUNCTION feedctl_make_event_parts(integer), "
    "feedctl_retire_event_part(interval), feedctl_retire_event_part(interval, timestamptz),"
    " feedctl_fill_feed_parts(), feedctl_make_feed_part(bigint, bigint), "
    "feedctl_retire_feed_part(), feedctl_make_view_parts(integer), "
    "feedctl_fold_views(timestamptz, integer, bigint, bigint) TO $user";

struct AppliedMigration {
  std::string name, sha256;
  Time at;
  std::int64_t milliseconds;
};

Options options_for(const Secret<std::string>& url) {
  Options options;
  options.url = url;
  options.application_name = "feedctl.migrate";
  options.lock_timeout = std::chrono::seconds{2};
  return with_batch_limits(std::move(options));
}

std::map<int, AppliedMigration> applied_migrations(Connection& connection) {
  std::map<int, AppliedMigration> applied;
  const auto exists = connection.run(sql::store::migrations_exist, {});
  if (!exists.single_row().boolean(0)) return applied;
  for (const auto row : connection.run(sql::store::migrations_applied, {})) {
    applied[static_cast<int>(row.integer(0))] = {std::string(row.text(1)), std::string(row.text(2)),
                                                 row.time(3), row.integer(4)};
  }
  return applied;
}

std::vector<MigrationStatus> compare(const std::map<int, AppliedMigration>& applied,
                                     std::span<const Migration> known) {
  using State = MigrationStatus::State;
  std::vector<MigrationStatus> all;
  for (const auto& m : known) {
    const auto at = applied.find(m.version);
    if (at == applied.end()) {
      all.push_back({m.version, m.name, State::pending, Time{}, 0});
      continue;
    }
    const bool same = at->second.sha256 == sha256_hex(m.text);
    all.push_back({m.version, m.name, same ? State::applied : State::changed, at->second.at,
                   at->second.milliseconds});
  }
  for (const auto& entry : applied) {
    const auto same_version = [&](const Migration& m) { return m.version == entry.first; };
    if (std::any_of(known.begin(), known.end(), same_version)) continue;
    all.push_back({entry.first, entry.second.name, State::unknown, entry.second.at,
                   entry.second.milliseconds});
  }
  return all;
}

void require_known_migrations(const std::vector<MigrationStatus>& all) {
  for (const auto& s : all) {
    const auto label = std::to_string(s.version) + "_" + s.name;
    if (s.state == MigrationStatus::State::changed) {
      throw Error(ErrorCode::bad_data, "migration " + label + " has changed since it was applied")
          .with_hint("restore the file; put the change in a new migration");
    }
    if (s.state == MigrationStatus::State::unknown) {
      throw Error(ErrorCode::bad_data,
                  "the schema is newer than this binary: it holds migration " + label)
          .with_hint("install the feedctl that made it, or a newer one");
    }
  }
}

// The schema that all tables belong to, and the right to make them in it: PostgreSQL 15 no longer
// gives it to everybody.
void require_schema_rights(Connection& connection) {
  const auto rows = connection.run(sql::store::may_migrate, {});
  const auto row = rows.single_row();
  const std::string role(row.text(0)), database(row.text(1));
  if (!row.boolean(2)) {
    throw Error(ErrorCode::config, "database " + database + " has no schema public")
        .with_hint("in it, as its owner or a superuser: CREATE SCHEMA public AUTHORIZATION \"" +
                   role + "\";");
  }
  if (!row.boolean(3)) {
    throw Error(ErrorCode::config,
                "role " + role + " may not make tables in schema public of database " + database)
        .with_hint(
            "in it, as its owner or a superuser: GRANT USAGE, CREATE ON SCHEMA public TO \"" +
            role + "\"; or set database.owner_url to the role that owns it");
  }
}

// Checks the server before anything is created.
void require_usable_server(Connection& connection) {
  const auto problems =
      find_server_problems([&](const Query& query) { return connection.run(query, {}); });
  if (!problems.empty()) throw problems.front().error();
  require_schema_rights(connection);
}

Error missing_right_error(const SqlError& error) {
  return Error(ErrorCode::config, "the role of database.owner_url lacks a right")
      .with_detail(error.detail())
      .with_hint(
          "run feedctl migrate up as the role that owns the tables, or give them to this one: "
          "ALTER TABLE .. OWNER TO");
}

// Polls the session lock: a blocking waiter and CREATE INDEX CONCURRENTLY would deadlock.
void wait_for_lock(Connection& connection, std::chrono::seconds patience) {
  const auto until = Deadline::after(patience);
  while (!connection.run(sql::store::migration_lock, {}).single_row().boolean(0)) {
    if (until.is_expired()) {
      throw Error(ErrorCode::lock_held, "another migrate is running on this database")
          .with_hint("wait for it to end, then run feedctl migrate status");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

MigrationStatus apply(Connection& connection, const Migration& m, bool in_dry_run) {
  const auto start = std::chrono::steady_clock::now();
  for (int attempt = 0;; ++attempt) {
    try {
      if (!in_dry_run) connection.begin("BEGIN");
      connection.run_script(m.text);
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - start);
      connection.run_in_transaction(
          sql::store::migration_record,
          params(m.version, m.name, sha256_hex(m.text), std::int64_t{ms.count()}));
      if (!in_dry_run) connection.commit();
      return {m.version, m.name, MigrationStatus::State::applied, now(), ms.count()};
    } catch (const SqlError& e) {
      connection.rollback();
      if (e.sqlstate() == sqlstate::insufficient_privilege) throw;
      const bool passes = e.sqlstate() == sqlstate::lock_not_available || e.is_transient();
      if (in_dry_run || !passes || attempt + 1 >= lock_attempts) {
        throw Error(ErrorCode::failed, "migration " + std::to_string(m.version) + "_" + m.name +
                                           " failed: " + e.detail())
            .with_hint(
                "nothing of this file was applied; run feedctl migrate up again once the cause is "
                "gone");
      }
      std::this_thread::sleep_for(
          full_jitter(attempt, std::chrono::milliseconds{200}, std::chrono::seconds{3}));
    }
  }
}

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// The user behind database.url gets what serve and work need, unless it is the owner.
void grant(Connection& owner, const Secret<std::string>& url) {
  if (url.empty()) return;
  Connection application(options_for(url));
  const std::string user(application.run(sql::store::current_user_name, {}).single_row().text(0));
  if (user == owner.run(sql::store::current_user_name, {}).single_row().text(0)) return;
  const auto script = replace_all(grants, "$user", "\"" + replace_all(user, "\"", "\"\"") + "\"");
  owner.run_script(replace_all(script, "$name", "'" + replace_all(user, "'", "''") + "'"));
}

}  // namespace

std::span<const Migration> embedded_migrations() {
  return sql::migrations;
}

namespace {

MigrateReport apply_pending(Connection& connection, const MigrateOptions& options,
                            std::span<const Migration> migrations) {
  wait_for_lock(connection, options.lock_wait);
  const auto before = compare(applied_migrations(connection), migrations);
  require_known_migrations(before);
  MigrateReport report;
  if (options.dry_run) connection.begin("BEGIN");
  connection.run_script(create_table);
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (before[i].state != MigrationStatus::State::pending) continue;
    report.applied.push_back(apply(connection, migrations[i], options.dry_run));
    if (options.on_applied) options.on_applied(report.applied.back());
  }
  report.version = migrations.empty() ? 0 : migrations.back().version;
  if (options.dry_run) {
    connection.rollback();
    return report;
  }
  if (const bool embedded = migrations.data() == embedded_migrations().data(); embedded) {
    for (const auto* key : {secret_key_name, refresh_pepper_name})
      connection.run(sql::store::ensure_key, params(key, base64url(random_bytes(32))));
    connection.run(sql::store::make_event_parts, params(options.partitions_ahead));
    connection.run(sql::store::fill_feed_parts, {});
    connection.run(sql::store::make_view_parts, params(2));
    grant(connection, options.url);
  }
  return report;
}

}  // namespace

MigrateReport migrate_up(const MigrateOptions& options, std::span<const Migration> migrations) {
  Connection connection(options_for(options.owner_url));
  require_usable_server(connection);
  try {
    return apply_pending(connection, options, migrations);
  } catch (const SqlError& error) {
    if (error.sqlstate() != sqlstate::insufficient_privilege) throw;
    throw missing_right_error(error);
  }
}

std::vector<MigrationStatus> migration_status(const Secret<std::string>& url,
                                              std::span<const Migration> migrations) {
  Connection connection(options_for(url));
  return compare(applied_migrations(connection), migrations);
}

}  // namespace feedctl::store
