#pragma once
// PostgreSQL: a bounded pool of connections and three ways to use one (a statement, a read-only
// transaction, a write transaction). Thread-safe.
//
// Errors are feedctl::Error. SqlError: the server refused a statement (with its SQLSTATE).
// Error(unavailable): no connection came free in time, the server is down, a time-out ended the
// statement, the server stopped answering (a second after statement_timeout), or the connection
// broke. A write whose connection broke is in doubt: it may have happened, and is never retried
// here. A single statement is retried twice after a deadlock or a serialization failure, which
// leave nothing behind.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "store/query.hpp"
#include "store/result.hpp"

namespace feedctl::store {

class SqlError : public Error {
 public:
  SqlError(ErrorCode code, const std::string& message, std::string sqlstate, std::string constraint)
      : Error(code, message), sqlstate_(std::move(sqlstate)), constraint_(std::move(constraint)) {}
  const std::string& sqlstate() const { return sqlstate_; }      // store/sqlstate.hpp
  const std::string& constraint() const { return constraint_; }  // "": the error names none
  // A deadlock, a serialization failure, or a statement prepared for a schema that has changed
  // since: it had no effect, and a retry may succeed.
  bool is_transient() const;

 private:
  std::string sqlstate_;
  std::string constraint_;
};

struct Options {
  Secret<std::string> url;  // libpq URI or key=value string
  std::string application_name = "feedctl";
  std::size_t pool_size = 8;
  std::chrono::milliseconds pool_wait{200};  // longest wait for a free connection
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds statement_timeout{1000};  // 0: none
  std::chrono::milliseconds lock_timeout{300};        // 0: none
  std::chrono::milliseconds idle_in_transaction_timeout{5000};
  bool dry_run = false;       // writes are executed and rolled back
  bool primary_only = false;  // a standby counts as unavailable
  // Further settings of each session, as in SET name = value: {"enable_seqscan", "off"}.
  std::vector<std::pair<std::string, std::string>> settings = {};
};

class Connection;  // one leased connection, internal

// A consistent view: one READ ONLY REPEATABLE READ transaction over several SELECTs.
class ReadTx {
 public:
  ReadTx(ReadTx&&) noexcept;
  ~ReadTx();
  Result query(const Query& query, const Params& params = {});

 private:
  friend class Database;
  explicit ReadTx(std::shared_ptr<Connection> connection);
  std::shared_ptr<Connection> connection_;
};

// A transaction that rolls back unless committed.
class WriteTx {
 public:
  WriteTx(WriteTx&&) noexcept;
  ~WriteTx();
  Result query(const Query& query, const Params& params = {});
  // COPY table(columns) FROM STDIN. `next` fills one row (nullopt: NULL) and returns false at the
  // end. Returns the number of rows.
  using Fields = std::vector<std::optional<std::string>>;
  std::size_t copy(const std::string& table, const std::vector<std::string>& columns,
                   const std::function<bool(Fields& row)>& next);
  // At most one savepoint at a time. The rollback also undoes a failed statement.
  void savepoint();
  void rollback_to_savepoint();
  // A connection that breaks here leaves the commit in doubt: Error(unavailable). A dry run rolls
  // back instead.
  void commit();

 private:
  friend class Database;
  WriteTx(std::shared_ptr<Connection> connection, bool dry_run);
  std::shared_ptr<Connection> connection_;
  bool dry_run_;
  bool open_ = true;
};

// A connection outside any pool, for session state such as advisory locks. The constructor opens
// it; it never reconnects: once is_usable() is false, the session's locks are gone or useless. Not
// thread-safe.
class Session {
 public:
  explicit Session(const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Result run(const Query& query, const Params& params = {});
  bool is_usable() const;

 private:
  std::unique_ptr<Connection> connection_;
};

class Database {
 public:
  explicit Database(Options options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One SELECT, one round trip. Runs again, once, on a new connection if the first one breaks.
  Result read(const Query& query, const Params& params = {});
  // The same for state that the log keeps current. Error(unavailable) on a standby: its snapshots
  // do not tell which transactions run.
  Result read_on_primary(const Query& query, const Params& params = {});
  // One statement that commits itself, one round trip.
  Result execute(const Query& query, const Params& params = {});
  ReadTx snapshot();
  // `statement_timeout`: instead of that of the options, for long work.
  WriteTx write(std::optional<std::chrono::milliseconds> statement_timeout = {});

  // SELECT 1. Throws if the server cannot be reached.
  void ping();
  // Whether a pooler such as PgBouncer stands between.
  bool is_behind_pooler();

  struct Usage {
    std::size_t size, open, busy, waiting;
  };
  Usage usage() const;
  const Options& options() const;

 private:
  class Pool;
  Result read_impl(const Query& query, const Params& params, bool primary_only);
  std::shared_ptr<Pool> pool_;
};

}  // namespace feedctl::store
