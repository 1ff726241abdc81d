#pragma once
// PostgreSQL: a bounded pool of connections and the three ways to use one. Thread-safe.
//
// Errors, all of them feedctl::Error: SqlError where the server refused a statement (with its
// SQLSTATE); Error(unavailable) where no connection could be had in time, the server is down, a
// time-out ended the statement, the server stopped answering (a second longer than
// statement_timeout) or the connection broke. A write whose connection broke may or may
// not have happened ("in doubt"): it is never retried here. Deadlocks and serialization failures of
// a single statement are, three times, since they are known to have left nothing behind.
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
  const std::string& sqlstate() const { return sqlstate_; }      // "23505"
  const std::string& constraint() const { return constraint_; }  // "" where the error names none
  // A deadlock, a serialization failure, or a statement that was prepared for a schema which has
  // changed since: nothing was done, and the next run may get through.
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
  bool dry_run = false;       // writes are carried out and rolled back
  bool primary_only = false;  // a standby is as good as away
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
  // COPY table(columns) FROM STDIN: `next` fills one row (a nullopt is NULL) and returns false at
  // the end. Returns the rows written.
  using Fields = std::vector<std::optional<std::string>>;
  std::size_t copy(const std::string& table, const std::vector<std::string>& columns,
                   const std::function<bool(Fields& row)>& next);
  // A point to come back to, also after a statement failed. At most one at a time.
  void savepoint();
  void rollback_to_savepoint();
  // A broken connection here is in doubt: Error(unavailable). A dry run rolls back instead.
  void commit();

 private:
  friend class Database;
  WriteTx(std::shared_ptr<Connection> connection, bool dry_run);
  std::shared_ptr<Connection> connection_;
  bool dry_run_;
  bool open_ = true;
};

// A connection of one's own, outside any pool, for what belongs to a session: advisory locks.
// Opened by the constructor and never again: once usable() is false, what the session held is gone,
// or, where it takes no writes, is of no use.
// Not thread-safe.
class Session {
 public:
  explicit Session(const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Result run(const Query& query, const Params& params = {});
  bool usable() const;

 private:
  std::unique_ptr<Connection> connection_;
};

class Database {
 public:
  explicit Database(Options options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One SELECT, one round trip. Run again once on a new connection where the first one broke.
  Result read(const Query& query, const Params& params = {});
  // The same for what is to be kept up to date by the log: Error(unavailable) of a standby, whose
  // snapshots do not tell which transactions are running.
  Result read_on_primary(const Query& query, const Params& params = {});
  // One statement that commits itself, one round trip.
  Result command(const Query& query, const Params& params = {});
  ReadTx snapshot();
  // `statement_timeout`: for long work, instead of the options' one.
  WriteTx write(std::optional<std::chrono::milliseconds> statement_timeout = {});

  // Throws where the server cannot be reached; a SELECT 1 otherwise.
  void ping();
  // True where a pooler such as PgBouncer stands between.
  bool behind_pooler();

  struct Usage {
    std::size_t size, open, busy, waiting;
  };
  Usage usage() const;
  const Options& options() const;

 private:
  class Pool;
  Result read_over(const Query& query, const Params& params, bool primary_only);
  std::shared_ptr<Pool> pool_;
};

// The user and database name that a URL leads to, and a URL without its password, for messages.
std::string describe(const Secret<std::string>& url);

}  // namespace feedctl::store
