#pragma once
// One connection to PostgreSQL, private to lib/store. Sets up the session, prepares each statement
// at its first use, and turns libpqxx's exceptions into Error. After every statement the session is
// in the state this object expects, or the connection is_broken(). Not thread-safe; the pool lends
// it to one thread at a time.
#include <chrono>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <unordered_set>

#include "store/database.hpp"
#include "store/guard.hpp"
#include "store/pqxx_compat.hpp"
#include "store/server_error.hpp"
#include "store/socket_deadlines.hpp"

namespace feedctl::store {

// For a request that only a primary can answer.
Error standby_error();

class Connection {
 public:
  explicit Connection(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement that commits itself. If a row has no partition, creates the missing ones and runs
  // the statement again. In a transaction that error fails it, and its end creates them.
  Result run(const Query& query, const Params& params);

  // `statement_timeout`: for each statement of the transaction, instead of the session's.
  void begin(const char* how, std::optional<std::chrono::milliseconds> statement_timeout = {});
  Result run_in_transaction(const Query& query, const Params& params);
  // Each ends the transaction. commit() after a failed statement that no savepoint undid is an
  // error: the server would roll back without telling.
  void commit();
  void rollback() noexcept;
  std::size_t copy(const std::string& table, const std::vector<std::string>& columns,
                   const std::function<bool(WriteTx::Fields&)>& next);

  // Several statements in one text; for the migrator.
  Result run_script(const std::string& text);

  // Not broken, and in no transaction.
  bool is_clean() const;
  // Clean, and not closed by the server while idle. A session that takes no writes is usable for a
  // moment only: the address may lead to another server by now.
  bool is_usable() const;
  bool is_broken() const { return broken_; }
  // Its statements were prepared for a schema that has changed since. Implies is_broken().
  bool is_outdated() const { return outdated_; }
  std::uint64_t epoch = 0;                                    // of the pool, at its opening
  bool is_standby_connection() const { return is_standby_; }  // at its opening
  // Why it must not write, as of its opening; nullptr: it may.
  const Problem* problem() const { return problem_.get(); }
  // Another server process answers than the one that accepted the connection.
  bool is_behind_pooler();

 private:
  using Clock = std::chrono::steady_clock;

  // Calls `work`, counts and times it under `name`, and translates its exceptions.
  template <typename Work>
  auto translate_errors(const char* name, Work&& work);
  const char* prepare_once(const Query& query);
  bool is_in_sync() const;
  void end_transaction(const char* name, const char* how);
  Result run_once(const Query& query, const Params& params);
  // Outside a transaction. True: a statement that had no partition may run again.
  bool create_missing_partitions(Clock::time_point began) noexcept;
  void create_partitions_after_transaction() noexcept;
  std::int64_t create_partitions(const Query& query, const Params& params);

  const bool dry_run_;
  const std::chrono::milliseconds session_answer_timeout_;
  std::chrono::milliseconds answer_timeout_;  // for an answer; 0: none
  ServerError server_error_;                  // of the last statement; empty: it succeeded
  std::unique_ptr<compat::Connection> connection_;
  std::optional<SocketDeadlines::Entry> socket_deadline_;
  std::unique_ptr<pqxx::transaction_base> transaction_;
  std::unordered_set<const char*> prepared_;
  // The begin of the statement of this transaction whose row had no partition.
  std::optional<Clock::time_point> partition_missing_since_;
  bool broken_ = false;
  bool outdated_ = false;
  bool is_standby_ = false;
  std::shared_ptr<const Problem> problem_;
  const Clock::time_point opened_at_ = Clock::now();
  Clock::time_point usable_until_ = Clock::time_point::max();
};

}  // namespace feedctl::store
