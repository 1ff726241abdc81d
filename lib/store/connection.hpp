#pragma once
// One connection to PostgreSQL, inside lib/store only: opens itself with the session's settings,
// prepares each statement at its first use, and turns libpqxx's exceptions into Error. Whatever a
// statement ends with, either the session is where this object believes it to be, or the connection
// is broken(). Not thread-safe; the pool lends it to one thread at a time.
#include <chrono>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <unordered_set>

#include "store/database.hpp"
#include "store/guard.hpp"
#include "store/pg_compat.hpp"
#include "store/refusal.hpp"
#include "store/watchdog.hpp"

namespace feedctl::store {

// Of one that was asked for what only a primary knows.
Error is_standby();

class Connection {
 public:
  explicit Connection(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement that commits itself. Where no part takes a row, parts are made and it is run
  // again; a transaction that meets that fails, and they are made at its end.
  Result run(const Query& query, const Params& params);

  // `statement_timeout`: of each statement until the end of the transaction, instead of the
  // session's.
  void begin(const char* how, std::optional<std::chrono::milliseconds> statement_timeout = {});
  Result run_in_transaction(const Query& query, const Params& params);
  // The transaction is over after each of them. commit() of one in which a statement failed, and
  // was not undone to a savepoint, is an error: the server would end it without a word.
  void commit();
  void rollback() noexcept;
  std::size_t copy(const std::string& table, const std::vector<std::string>& columns,
                   const std::function<bool(WriteTx::Fields&)>& next);

  // Statements as they are, several at once; for the migrator.
  Result run_script(const std::string& text);

  // Not broken, and in no transaction: good for another use.
  bool clean() const;
  // False where it is not clean, or the server closed it while it lay idle; and where it takes no
  // writes, a moment after it was opened: what is behind the address may be another by now.
  bool usable() const;
  bool broken() const { return broken_; }
  // What it has prepared is of a schema that has changed since; it counts as broken, too.
  bool outdated() const { return outdated_; }
  std::uint64_t epoch = 0;  // the pool's, when it was opened
  bool of_standby() const { return of_standby_; }  // when it was opened
  // Why nothing may be written over it, as of when it was opened; nullptr: it may.
  const Problem* problem() const { return problem_.get(); }
  // The process that answers is not the one that was connected to.
  bool behind_pooler();

 private:
  using Clock = std::chrono::steady_clock;

  // Calls `work`, counts and times it under `name`, and translates what it throws.
  template <typename Work>
  auto guarded(const char* name, Work&& work);
  const char* prepared(const Query& query);
  bool in_step() const;
  void end(const char* name, const char* how);
  Result run_once(const Query& query, const Params& params);
  // Outside a transaction: whether what was refused for want of a part is worth another try.
  bool make_missing_parts(Clock::time_point began) noexcept;
  void make_parts_of_transaction() noexcept;
  std::int64_t make_parts(const Query& query, const Params& params);

  const bool dry_run_;
  const std::chrono::milliseconds session_limit_;
  std::chrono::milliseconds limit_;  // of waiting for an answer; 0: none
  Refusal refusal_;                  // of the last statement, where it failed
  std::unique_ptr<compat::Connection> connection_;
  std::optional<Watchdog::Watch> watch_;
  std::unique_ptr<pqxx::transaction_base> transaction_;
  std::unordered_set<const char*> prepared_;
  std::optional<Clock::time_point> refused_;  // a row of this transaction, for want of a part
  bool broken_ = false;
  bool outdated_ = false;
  bool of_standby_ = false;
  std::shared_ptr<const Problem> problem_;
  const Clock::time_point opened_ = Clock::now();
  Clock::time_point good_until_ = Clock::time_point::max();
};

}  // namespace feedctl::store
