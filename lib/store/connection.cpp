#include "store/connection.hpp"

#include <poll.h>

#include <algorithm>

#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/store.hpp"
#include "store/connection_check.hpp"
#include "store/conninfo.hpp"
#include "store/missing_partitions.hpp"
#include "store/result_fields.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::store {

namespace {

constexpr std::chrono::seconds busy_retry{1};
constexpr int partition_days_ahead = 1;  // of the partitions created for a row without one
constexpr int view_days_ahead = 2;
constexpr std::chrono::seconds max_create_time{5};
constexpr int max_attempts = 3;  // of a statement whose row has no partition
// A session that takes no writes is kept this long: the address of a standby may soon lead to the
// primary again, and the database may soon be writable again.
constexpr std::chrono::seconds read_only_session_ttl{1};

// A live server ends a statement itself at its time-out and gets one second more to say so.
std::chrono::milliseconds answer_timeout(std::chrono::milliseconds statement_timeout) {
  if (statement_timeout.count() == 0) return statement_timeout;
  return statement_timeout + std::chrono::seconds{1};
}

std::string conninfo_of(const Options& options) {
  auto settings = parse_conninfo(options.url);
  settings["application_name"] = options.application_name;
  settings["client_encoding"] = "UTF8";
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  settings.try_emplace("connect_timeout", std::to_string(std::max<long>(seconds, 2)));
  // Notices a vanished peer within some ten seconds.
  settings.try_emplace("keepalives_idle", "5");
  settings.try_emplace("keepalives_interval", "2");
  settings.try_emplace("keepalives_count", "3");
  settings.try_emplace("tcp_user_timeout", "10000");
  return format_conninfo(settings);
}

std::string session_settings(const Options& options) {
  const auto ms = [](std::chrono::milliseconds d) { return std::to_string(d.count()); };
  std::string more;
  for (const auto& [name, value] : options.settings) more += "; SET " + name + " = '" + value + "'";
  return "SET statement_timeout = " + ms(options.statement_timeout) +
         "; SET lock_timeout = " + ms(options.lock_timeout) +
         "; SET idle_in_transaction_session_timeout = " + ms(options.idle_in_transaction_timeout) +
         "; SET search_path = public; SET timezone = 'UTC'; SET jit = off"
         "; SET client_min_messages = warning; SET standard_conforming_strings = on"
         // No database setting may change how dates and numbers read as text.
         "; SET datestyle = 'ISO, MDY'; SET extra_float_digits = 1"
         // English messages for the log; only a superuser may set it.
         "; SELECT set_config('lc_messages', 'C', false)"
         " WHERE current_setting('is_superuser') = 'on'" +
         more;
}

// Limits the wait for an answer during its lifetime.
class ScopedSocketDeadline {
 public:
  ScopedSocketDeadline(std::optional<SocketDeadlines::Entry>& deadline,
                       std::chrono::milliseconds limit)
      : deadline_(deadline) {
    if (deadline_) deadline_->start(limit);
  }
  // While connecting, the entry may appear in between.
  ~ScopedSocketDeadline() {
    if (deadline_) deadline_->stop();
  }
  ScopedSocketDeadline(const ScopedSocketDeadline&) = delete;
  ScopedSocketDeadline& operator=(const ScopedSocketDeadline&) = delete;

 private:
  std::optional<SocketDeadlines::Entry>& deadline_;
};

// Tables, columns or functions that this binary's statements name are missing.
bool is_schema_missing(const std::string& state) {
  return sqlstate::is_any_of(state, {sqlstate::undefined_table, sqlstate::undefined_column,
                                     sqlstate::undefined_function, sqlstate::invalid_schema_name});
}

// The statement was prepared before the schema changed: its columns differ now, or its name is
// gone.
bool is_outdated_statement(const ServerError& server_error) {
  return server_error.sqlstate == sqlstate::invalid_sql_statement_name ||
         (server_error.sqlstate == sqlstate::feature_not_supported &&
          server_error.source_function == "RevalidateCachedQuery");
}

ErrorCode to_error_code(const std::string& state) {
  if (state == sqlstate::unique_violation || state == sqlstate::exclusion_violation)
    return ErrorCode::conflict;
  if (is_schema_missing(state)) return ErrorCode::unavailable;
  const bool unavailable = sqlstate::is_any_of(
      state,
      {sqlstate::query_canceled, sqlstate::lock_not_available, sqlstate::read_only_sql_transaction,
       sqlstate::insufficient_privilege, sqlstate::insufficient_resources,
       sqlstate::shutdown_prefix, sqlstate::connection_exception, sqlstate::transaction_rollback,
       sqlstate::idle_in_transaction_session_timeout});
  if (unavailable) return ErrorCode::unavailable;
  return ErrorCode::internal;
}

const char* to_message(const std::string& state) {
  if (is_schema_missing(state)) return "the database does not have the schema of this feedctl";
  if (state == sqlstate::query_canceled) return "the database took too long";
  if (state == sqlstate::lock_not_available) return "the row is locked by another request";
  if (state == sqlstate::read_only_sql_transaction) return "the database is read-only";
  if (state == sqlstate::insufficient_privilege) return "the database's role lacks a right";
  if (sqlstate::is_any_of(state, {sqlstate::insufficient_resources}))
    return "the database is out of resources";
  if (state == sqlstate::unique_violation) return "already exists";
  return "the database refused the statement";
}

// A retry may find one.
SqlError missing_partition_error(const char* name, const std::string& state, const char* what) {
  SqlError error(ErrorCode::unavailable, "the database has no partition for this row", state, "");
  std::move(error)
      .with_detail(std::string(name) + ": " + state + " " + what)
      .with_hint("run feedctl doctor")
      .with_retry_after(busy_retry);
  return error;
}

SqlError to_error(const char* name, const ServerError& server_error, const char* what) {
  const auto& state = server_error.sqlstate;
  const bool outdated = is_outdated_statement(server_error);
  const auto code = outdated ? ErrorCode::unavailable : to_error_code(state);
  SqlError error(code,
                 code == ErrorCode::internal ? "Internal server error"
                 : outdated                  ? "the database's schema has just changed"
                                             : to_message(state),
                 state, server_error.constraint);
  if (is_partition_missing(error)) return missing_partition_error(name, state, what);
  std::move(error).with_detail(std::string(name) + ": " + state + " " + what);
  if (code == ErrorCode::unavailable) std::move(error).with_retry_after(busy_retry);
  if (is_schema_missing(state)) std::move(error).with_hint("run feedctl migrate up");
  if (state == sqlstate::insufficient_privilege)
    std::move(error).with_hint("feedctl migrate up, as the owner, grants what database.url needs");
  return error;
}

Error unreachable_error(const char* name, const char* what) {
  return Error(ErrorCode::unavailable, "the database cannot be reached")
      .with_detail(std::string(name) + ": " + what)
      .with_retry_after(busy_retry);
}

}  // namespace

bool SqlError::is_transient() const {
  const bool outdated = sqlstate_ == sqlstate::invalid_sql_statement_name ||
                        sqlstate_ == sqlstate::feature_not_supported;
  return sqlstate_ == sqlstate::deadlock_detected || sqlstate_ == sqlstate::serialization_failure ||
         (outdated && code() == ErrorCode::unavailable);
}

Error standby_error() {
  return Error(ErrorCode::unavailable, "the database is a standby")
      .with_hint("point database.url at the primary")
      .with_retry_after(busy_retry);
}

template <typename Work>
auto Connection::translate_errors(const char* name, Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  const auto observe = [&] {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    metrics::histogram("feedctl_db_query_duration_seconds",
                       "Time of one database statement, by name", {{"query", name}})
        .observe(took.count());
  };
  const auto failed = [&] {
    observe();
    metrics::counter("feedctl_db_errors_total", "Database statements that failed, by name",
                     {{"query", name}})
        .add();
  };
  const ScopedSocketDeadline waiting(socket_deadline_, answer_timeout_);
  server_error_.clear();
  try {
    auto result = work();
    observe();
    return result;
  } catch (const pqxx::failure& e) {
    if (dynamic_cast<const pqxx::broken_connection*>(&e) != nullptr) server_error_.clear();
    const auto& state = server_error_.sqlstate;
    // A server that shuts down sends nothing more over this connection.
    const bool ended =
        sqlstate::is_any_of(state, {sqlstate::shutdown_prefix, sqlstate::connection_exception});
    if (state.empty() || ended || !is_in_sync()) broken_ = true;
    if (is_outdated_statement(server_error_)) broken_ = outdated_ = true;
    failed();
    if (state.empty()) throw unreachable_error(name, e.what());
    if (state == sqlstate::read_only_sql_transaction)
      usable_until_ = std::min(usable_until_, opened_at_ + read_only_session_ttl);
    if (!is_standby_) record_write_refusal(state, to_message(state));
    throw to_error(name, server_error_, e.what());
  } catch (...) {
    broken_ = true;  // its state is unknown
    failed();
    throw;
  }
}

// Whether the server's transaction state matches `transaction_`.
bool Connection::is_in_sync() const {
  if (!connection_) return false;
  const auto status = PQtransactionStatus(connection_->raw());
  if (transaction_) return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
  return status == PQTRANS_IDLE;
}

Connection::Connection(const Options& options)
    : dry_run_(options.dry_run),
      session_answer_timeout_(answer_timeout(options.statement_timeout)),
      answer_timeout_(session_answer_timeout_) {
  const auto rows = translate_errors("store/connect", [&] {
    connection_ = std::make_unique<compat::Connection>(conninfo_of(options));
    server_error_.attach(connection_->raw());
    socket_deadline_.emplace(SocketDeadlines::instance(), connection_->sock());
    socket_deadline_->start(answer_timeout_);
    pqxx::nontransaction tx(*connection_);
    return tx.exec(session_settings(options) + "; SELECT pg_is_in_recovery()");
  });
  is_standby_ = rows[0][0].as<bool>();
  if (is_standby_ && options.primary_only) throw standby_error();
  // Not prepared: that would take one more round trip for a statement that runs once.
  problem_ = check_connection([this](const Query& query) { return run_script(query.text); });
  if (is_standby_ || problem_) usable_until_ = opened_at_ + read_only_session_ttl;
}

Connection::~Connection() = default;

const char* Connection::prepare_once(const Query& query) {
  if (prepared_.count(query.name) == 0) {
    connection_->prepare(query.name, query.text);
    prepared_.insert(query.name);
  }
  return query.name;
}

Result Connection::run(const Query& query, const Params& params) {
  for (int attempt = 1;; ++attempt) {
    const auto began = Clock::now();
    try {
      return run_once(query, params);
    } catch (const SqlError& error) {
      if (!is_partition_missing(error) || attempt == max_attempts ||
          !create_missing_partitions(began))
        throw;
    }
  }
}

// In a transaction of its own, with longer time-outs than a command's: all others wait for it, too.
std::int64_t Connection::create_partitions(const Query& query, const Params& params) {
  try {
    begin("BEGIN; SET LOCAL lock_timeout = '2s'", max_create_time);
    const auto made = run_in_transaction(query, params).single_row().integer(0);
    commit();
    return made;
  } catch (...) {
    partition_missing_since_.reset();
    rollback();
    throw;
  }
}

// The event log's first: every command needs them.
bool Connection::create_missing_partitions(Clock::time_point began) noexcept {
  if (dry_run_) return false;
  return MissingPartitions::instance().create_if_missing(began, [this] {
    const auto made = create_partitions(sql::store::make_event_parts, params(partition_days_ahead));
    if (made > 0) return made;
    const auto rows = create_partitions(sql::store::fill_feed_parts, {});
    return rows > 0 ? rows
                    : create_partitions(sql::store::make_view_parts, params(view_days_ahead));
  });
}

void Connection::create_partitions_after_transaction() noexcept {
  const auto refused = std::exchange(partition_missing_since_, std::nullopt);
  if (refused && !broken_) create_missing_partitions(*refused);
}

Result Connection::run_once(const Query& query, const Params& params) {
  return translate_errors(query.name, [&] {
    pqxx::nontransaction tx(*connection_);
    return to_result(compat::exec_prepared(tx, prepare_once(query), params.values()));
  });
}

Result Connection::run_script(const std::string& text) {
  return translate_errors("store/script", [&] {
    if (transaction_) return to_result(transaction_->exec(text));
    pqxx::nontransaction tx(*connection_);
    return to_result(tx.exec(text));
  });
}

void Connection::begin(const char* how, std::optional<std::chrono::milliseconds> timeout) {
  std::string script = how;
  if (timeout) script += "; SET LOCAL statement_timeout = " + std::to_string(timeout->count());
  translate_errors("store/begin", [&] {
    auto begun = std::make_unique<pqxx::nontransaction>(*connection_);
    auto done = begun->exec(script);
    transaction_ = std::move(begun);
    return done;
  });
  if (timeout) answer_timeout_ = answer_timeout(*timeout);
}

Result Connection::run_in_transaction(const Query& query, const Params& params) {
  const auto began = Clock::now();
  try {
    return translate_errors(query.name, [&] {
      return to_result(compat::exec_prepared(*transaction_, prepare_once(query), params.values()));
    });
  } catch (const SqlError& error) {
    if (is_partition_missing(error)) partition_missing_since_ = began;
    throw;
  }
}

std::size_t Connection::copy(const std::string& table, const std::vector<std::string>& columns,
                             const std::function<bool(WriteTx::Fields&)>& next) {
  return translate_errors("store/copy",
                          [&] { return compat::copy_in(*transaction_, table, columns, next); });
}

void Connection::end_transaction(const char* name, const char* how) {
  const auto ended = std::move(transaction_);
  const struct Reset {
    ~Reset() { limit = session; }
    std::chrono::milliseconds& limit;
    const std::chrono::milliseconds session;
  } reset{answer_timeout_, session_answer_timeout_};
  translate_errors(name, [&] { return ended->exec(how); });
}

void Connection::commit() {
  if (PQtransactionStatus(connection_->raw()) == PQTRANS_INERROR) {
    rollback();
    throw Error(ErrorCode::internal, "Internal server error")
        .with_detail("store/commit: a statement of the transaction had failed");
  }
  end_transaction("store/commit", "COMMIT");
  create_partitions_after_transaction();
}

void Connection::rollback() noexcept {
  try {
    if (transaction_ && !broken_) end_transaction("store/rollback", "ROLLBACK");
  } catch (const std::exception& e) {
    broken_ = true;
    log::debug("a rollback failed, the connection is dropped", {{"detail", e.what()}});
  }
  transaction_.reset();
  answer_timeout_ = session_answer_timeout_;
  create_partitions_after_transaction();
}

bool Connection::is_behind_pooler() {
  return run(sql::store::backend_pid, {}).single_row().integer(0) != connection_->backendpid();
}

bool Connection::is_clean() const {
  return !broken_ && !transaction_ && is_in_sync();
}

bool Connection::is_usable() const {
  if (!is_clean() || Clock::now() >= usable_until_) return false;
  // On an idle connection only its end can be readable.
  pollfd fd{connection_->sock(), POLLIN, 0};
  return ::poll(&fd, 1, 0) == 0;
}

}  // namespace feedctl::store
