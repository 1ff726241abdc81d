#include "store/connection.hpp"

#include <poll.h>

#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/store.hpp"
#include "store/admission.hpp"
#include "store/conninfo.hpp"
#include "store/fields.hpp"
#include "store/missing_part.hpp"

namespace feedctl::store {

namespace {

constexpr std::chrono::seconds busy_retry{1};
constexpr int days_ahead = 1;  // of parts that are made for a row that had none
constexpr std::chrono::seconds longest_making{5};
constexpr int most_attempts = 3;  // of a statement for whose row there was no part
// How long a session that takes no writes is kept: a standby's, where the address is soon to lead
// to the primary again, or one that was opened while the database was set to be read only.
constexpr std::chrono::seconds read_only_for{1};

// A server that is alive ends a statement itself at its time-out; it gets this much longer to say
// so.
std::chrono::milliseconds answer_limit(std::chrono::milliseconds statement_timeout) {
  if (statement_timeout.count() == 0) return statement_timeout;
  return statement_timeout + std::chrono::seconds{1};
}

std::string conninfo_of(const Options& options) {
  auto settings = parse_conninfo(options.url);
  settings["application_name"] = options.application_name;
  settings["client_encoding"] = "UTF8";
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  settings.try_emplace("connect_timeout", std::to_string(std::max<long>(seconds, 2)));
  // A peer that vanished without a word is noticed within some ten seconds.
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
         // How dates and numbers read as text is for no database to change.
         "; SET datestyle = 'ISO, MDY'; SET extra_float_digits = 1"
         // For who reads the log; the privilege for it is a superuser's.
         "; SELECT set_config('lc_messages', 'C', false)"
         " WHERE current_setting('is_superuser') = 'on'" +
         more;
}

// While it lives, an answer is waited for.
class Waiting {
 public:
  Waiting(std::optional<Watchdog::Watch>& watch, std::chrono::milliseconds limit) : watch_(watch) {
    if (watch_) watch_->start(limit);
  }
  // The watch may have come to be in between, while connecting.
  ~Waiting() {
    if (watch_) watch_->stop();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::optional<Watchdog::Watch>& watch_;
};

// Tables, columns or functions that this binary's statements name are not there.
bool schema_is_missing(const std::string& state) {
  return state == "42P01" || state == "42703" || state == "42883" || state == "3F000";
}

// Of a statement that was prepared before the schema changed: it gives other columns now, or its
// name is gone.
bool is_outdated(const Refusal& refusal) {
  return refusal.sqlstate == "26000" ||
         (refusal.sqlstate == "0A000" && refusal.source == "RevalidateCachedQuery");
}

// Sorts a server's refusal into a kind of ours by its SQLSTATE.
ErrorCode code_of(const std::string& state) {
  const auto starts = [&](const char* prefix) { return state.rfind(prefix, 0) == 0; };
  if (state == "23505" || state == "23P01") return ErrorCode::conflict;
  if (schema_is_missing(state)) return ErrorCode::unavailable;
  if (state == "57014" || state == "55P03" || state == "25006" || state == "42501" ||
      starts("53") || starts("57P") || starts("08") || starts("40") || state == "25P03") {
    return ErrorCode::unavailable;
  }
  return ErrorCode::internal;
}

const char* message_of(const std::string& state) {
  if (schema_is_missing(state)) return "the database has not the schema of this feedctl";
  if (state == "57014") return "the database took too long";
  if (state == "55P03") return "the row is locked by another request";
  if (state == "25006") return "the database is read-only";
  if (state == "42501") return "the database's role lacks a right";
  if (state.rfind("53", 0) == 0) return "the database is out of resources";
  if (state == "23505") return "already exists";
  return "the database refused the statement";
}

// Another try may find one.
SqlError no_part(const char* name, const std::string& state, const char* what) {
  SqlError error(ErrorCode::unavailable, "the database has no partition for this", state, "");
  std::move(error)
      .with_detail(std::string(name) + ": " + state + " " + what)
      .with_hint("run feedctl doctor")
      .with_retry_after(busy_retry);
  return error;
}

SqlError to_error(const char* name, const Refusal& refusal, const char* what) {
  const auto& state = refusal.sqlstate;
  const bool outdated = is_outdated(refusal);
  const auto code = outdated ? ErrorCode::unavailable : code_of(state);
  SqlError error(code,
                 code == ErrorCode::internal ? "Internal server error"
                 : outdated                  ? "the database's schema has just changed"
                                             : message_of(state),
                 state, refusal.constraint);
  if (part_is_missing(error)) return no_part(name, state, what);
  std::move(error).with_detail(std::string(name) + ": " + state + " " + what);
  if (code == ErrorCode::unavailable) std::move(error).with_retry_after(busy_retry);
  if (schema_is_missing(state)) std::move(error).with_hint("run feedctl migrate up");
  if (state == "42501")
    std::move(error).with_hint("feedctl migrate up, as the owner, grants what database.url needs");
  return error;
}

Error unreachable(const char* name, const char* what) {
  return Error(ErrorCode::unavailable, "the database cannot be reached")
      .with_detail(std::string(name) + ": " + what)
      .with_retry_after(busy_retry);
}

}  // namespace

bool SqlError::is_transient() const {
  const bool outdated = sqlstate_ == "26000" || sqlstate_ == "0A000";
  return sqlstate_ == "40P01" || sqlstate_ == "40001" ||
         (outdated && code() == ErrorCode::unavailable);
}

Error is_standby() {
  return Error(ErrorCode::unavailable, "the database is a standby")
      .with_hint("point database.url at the primary")
      .with_retry_after(busy_retry);
}

template <typename Work>
auto Connection::guarded(const char* name, Work&& work) {
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
  const Waiting waiting(watch_, limit_);
  refusal_.clear();
  try {
    auto result = work();
    observe();
    return result;
  } catch (const pqxx::failure& e) {
    if (dynamic_cast<const pqxx::broken_connection*>(&e) != nullptr) refusal_.clear();
    const auto& state = refusal_.sqlstate;
    // 57P01: the server is shutting down; nothing more will come over this connection.
    if (state.empty() || state.rfind("57P", 0) == 0 || state.rfind("08", 0) == 0 || !in_step())
      broken_ = true;
    if (is_outdated(refusal_)) broken_ = outdated_ = true;
    failed();
    if (state.empty()) throw unreachable(name, e.what());
    if (state == "25006") good_until_ = std::min(good_until_, opened_ + read_only_for);
    if (!of_standby_) note_refusal(state, message_of(state));
    throw to_error(name, refusal_, e.what());
  } catch (...) {
    broken_ = true;  // nobody knows how far it came
    failed();
    throw;
  }
}

// Whether the session is in a transaction exactly where there is one of ours.
bool Connection::in_step() const {
  if (!connection_) return false;
  const auto status = PQtransactionStatus(connection_->raw());
  if (transaction_) return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
  return status == PQTRANS_IDLE;
}

Connection::Connection(const Options& options)
    : dry_run_(options.dry_run),
      session_limit_(answer_limit(options.statement_timeout)),
      limit_(session_limit_) {
  const auto told = guarded("store/connect", [&] {
    connection_ = std::make_unique<compat::Connection>(conninfo_of(options));
    refusal_.listen(connection_->raw());
    watch_.emplace(Watchdog::instance(), connection_->sock());
    watch_->start(limit_);
    pqxx::nontransaction tx(*connection_);
    return tx.exec(session_settings(options) + "; SELECT pg_is_in_recovery()");
  });
  of_standby_ = told[0][0].as<bool>();
  if (of_standby_ && options.primary_only) throw is_standby();
  // As they are: to prepare what is asked once would take a round trip more.
  problem_ = admit([this](const Query& query) { return run_script(query.text); });
  if (of_standby_ || problem_) good_until_ = opened_ + read_only_for;
}

Connection::~Connection() = default;

const char* Connection::prepared(const Query& query) {
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
      if (!part_is_missing(error) || attempt == most_attempts || !make_missing_parts(began)) throw;
    }
  }
}

// In a transaction of its own, with more patience than a command has: all others wait for it, too.
std::int64_t Connection::make_parts(const Query& query, const Params& params) {
  try {
    begin("BEGIN; SET LOCAL lock_timeout = '2s'", longest_making);
    const auto made = run_in_transaction(query, params).only().integer(0);
    commit();
    return made;
  } catch (...) {
    refused_.reset();
    rollback();
    throw;
  }
}

// The log's first, by themselves: every command needs them.
bool Connection::make_missing_parts(Clock::time_point began) noexcept {
  if (dry_run_) return false;
  return MissingParts::instance().made_since(began, [this] {
    const auto made = make_parts(sql::store::make_event_parts, params(days_ahead));
    return made > 0 ? made : make_parts(sql::store::fill_feed_parts, {});
  });
}

void Connection::make_parts_of_transaction() noexcept {
  const auto refused = std::exchange(refused_, std::nullopt);
  if (refused && !broken_) make_missing_parts(*refused);
}

Result Connection::run_once(const Query& query, const Params& params) {
  return guarded(query.name, [&] {
    pqxx::nontransaction tx(*connection_);
    return to_result(compat::exec_prepared(tx, prepared(query), params.values()));
  });
}

Result Connection::run_script(const std::string& text) {
  return guarded("store/script", [&] {
    if (transaction_) return to_result(transaction_->exec(text));
    pqxx::nontransaction tx(*connection_);
    return to_result(tx.exec(text));
  });
}

void Connection::begin(const char* how, std::optional<std::chrono::milliseconds> timeout) {
  std::string script = how;
  if (timeout) script += "; SET LOCAL statement_timeout = " + std::to_string(timeout->count());
  guarded("store/begin", [&] {
    auto begun = std::make_unique<pqxx::nontransaction>(*connection_);
    auto done = begun->exec(script);
    transaction_ = std::move(begun);
    return done;
  });
  if (timeout) limit_ = answer_limit(*timeout);
}

Result Connection::run_in_transaction(const Query& query, const Params& params) {
  const auto began = Clock::now();
  try {
    return guarded(query.name, [&] {
      return to_result(compat::exec_prepared(*transaction_, prepared(query), params.values()));
    });
  } catch (const SqlError& error) {
    if (part_is_missing(error)) refused_ = began;
    throw;
  }
}

std::size_t Connection::copy(const std::string& table, const std::vector<std::string>& columns,
                             const std::function<bool(WriteTx::Fields&)>& next) {
  return guarded("store/copy",
                 [&] { return compat::copy_in(*transaction_, table, columns, next); });
}

void Connection::end(const char* name, const char* how) {
  const auto ended = std::move(transaction_);
  const struct Reset {
    ~Reset() { limit = session; }
    std::chrono::milliseconds& limit;
    const std::chrono::milliseconds session;
  } reset{limit_, session_limit_};
  guarded(name, [&] { return ended->exec(how); });
}

void Connection::commit() {
  if (PQtransactionStatus(connection_->raw()) == PQTRANS_INERROR) {
    rollback();
    throw Error(ErrorCode::internal, "Internal server error")
        .with_detail("store/commit: a statement of the transaction had failed");
  }
  end("store/commit", "COMMIT");
  make_parts_of_transaction();
}

void Connection::rollback() noexcept {
  try {
    if (transaction_ && !broken_) end("store/rollback", "ROLLBACK");
  } catch (const std::exception& e) {
    broken_ = true;
    log::debug("a rollback failed, the connection is dropped", {{"detail", e.what()}});
  }
  transaction_.reset();
  limit_ = session_limit_;
  make_parts_of_transaction();
}

bool Connection::behind_pooler() {
  return run(sql::store::backend_pid, {}).only().integer(0) != connection_->backendpid();
}

bool Connection::clean() const {
  return !broken_ && !transaction_ && in_step();
}

bool Connection::usable() const {
  if (!clean() || Clock::now() >= good_until_) return false;
  // Nothing should be waiting to be read on an idle connection but the news that it was closed.
  pollfd fd{connection_->sock(), POLLIN, 0};
  return ::poll(&fd, 1, 0) == 0;
}

}  // namespace feedctl::store
