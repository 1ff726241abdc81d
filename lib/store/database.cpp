#include "store/database.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/backoff.hpp"
#include "metrics/metrics.hpp"
#include "sql/store.hpp"
#include "store/admission.hpp"
#include "store/connection.hpp"

namespace feedctl::store {

namespace {
constexpr int attempts = 3;
}

// Lends connections, at most pool_size at once. What comes back broken, or in a transaction, is
// closed; the last used is lent first, so that those not needed stay idle.
class Database::Pool : public std::enable_shared_from_this<Database::Pool> {
 public:
  explicit Pool(Options options) : options_(std::move(options)) {
    idle_.reserve(options_.pool_size);  // what is given back finds its place without memory
  }

  std::shared_ptr<Connection> lend() {
    const auto start = std::chrono::steady_clock::now();
    auto connection = take(start + options_.pool_wait);
    wait_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (!connection) connection = open();
    // The connection goes back when its last user lets go of it.
    auto* raw = connection.release();
    return {raw, [self = shared_from_this()](Connection* c) { self->give_back(c); }};
  }

  Usage usage() const {
    const std::lock_guard lock(mutex_);
    return {options_.pool_size, idle_.size() + busy_, busy_, waiting_};
  }
  const Options& options() const { return options_; }

 private:
  // An idle connection, or nullptr where the caller may open one (its place is taken already).
  std::unique_ptr<Connection> take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool free = freed_.wait_until(lock, until, [&] { return busy_ < options_.pool_size; });
    --waiting_;
    if (!free) {
      throw Error(ErrorCode::unavailable, "the database is busy")
          .with_detail("no connection became free in time")
          .with_retry_after(std::chrono::seconds{1});
    }
    ++busy_;
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->usable()) return connection;
    }
    return nullptr;
  }

  std::unique_ptr<Connection> open() {
    try {
      const auto epoch = epoch_.load();
      auto connection = std::make_unique<Connection>(options_);
      connection->epoch = epoch;
      return connection;
    } catch (...) {
      release_place();
      throw;
    }
  }

  void give_back(Connection* connection) {
    std::unique_ptr<Connection> owned(connection);
    {
      const std::lock_guard lock(mutex_);
      if (owned->outdated() && owned->epoch == epoch_) forget_idle();
      if (owned->clean() && owned->epoch == epoch_) idle_.push_back(std::move(owned));
    }
    owned.reset();  // before another is opened in its place
    release_place();
  }

  // What one connection has prepared for a schema that is no more, the others have too.
  void forget_idle() {
    ++epoch_;
    idle_.clear();
  }

  void release_place() {
    {
      const std::lock_guard lock(mutex_);
      --busy_;
    }
    freed_.notify_one();
  }

  const Options options_;
  metrics::Histogram& wait_ = metrics::histogram("feedctl_db_pool_wait_seconds",
                                                 "Time a request waited for a database connection");
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::atomic<std::uint64_t> epoch_{0};  // connections of an earlier one are not lent again
  std::size_t busy_ = 0;
  std::size_t waiting_ = 0;
};

Database::Database(Options options) : pool_(std::make_shared<Pool>(std::move(options))) {}
Database::~Database() = default;

Result Database::read(const Query& query, const Params& params) {
  return read_over(query, params, false);
}

Result Database::read_on_primary(const Query& query, const Params& params) {
  return read_over(query, params, true);
}

Result Database::read_over(const Query& query, const Params& params, bool primary_only) {
  auto connection = pool_->lend();
  const auto run = [&] {
    if (primary_only && connection->of_standby()) throw is_standby();
    return connection->run(query, params);
  };
  try {
    return run();
  } catch (const Error&) {
    if (!connection->broken()) throw;
  }
  connection.reset();
  connection = pool_->lend();
  return run();
}

Result Database::command(const Query& query, const Params& params) {
  for (int attempt = 0;; ++attempt) {
    try {
      if (pool_->options().dry_run) return write().query(query, params);
      const auto connection = pool_->lend();
      require_writes_open(connection->problem());
      return connection->run(query, params);
    } catch (const SqlError& e) {
      if (!e.is_transient() || attempt + 1 >= attempts) throw;
    }
    std::this_thread::sleep_for(
        full_jitter(attempt, std::chrono::milliseconds{5}, std::chrono::milliseconds{50}));
  }
}

ReadTx Database::snapshot() {
  auto connection = pool_->lend();
  connection->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return ReadTx(std::move(connection));
}

WriteTx Database::write(std::optional<std::chrono::milliseconds> statement_timeout) {
  auto connection = pool_->lend();
  require_writes_open(connection->problem());
  connection->begin("BEGIN", statement_timeout);
  return WriteTx(std::move(connection), pool_->options().dry_run);
}

void Database::ping() {
  read(sql::store::ping);
}
bool Database::behind_pooler() {
  return pool_->lend()->behind_pooler();
}
Database::Usage Database::usage() const {
  return pool_->usage();
}
const Options& Database::options() const {
  return pool_->options();
}

ReadTx::ReadTx(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
ReadTx::ReadTx(ReadTx&&) noexcept = default;
ReadTx::~ReadTx() {
  if (connection_) connection_->rollback();
}
Result ReadTx::query(const Query& query, const Params& params) {
  return connection_->run_in_transaction(query, params);
}

WriteTx::WriteTx(std::shared_ptr<Connection> connection, bool dry_run)
    : connection_(std::move(connection)), dry_run_(dry_run) {}
WriteTx::WriteTx(WriteTx&&) noexcept = default;
WriteTx::~WriteTx() {
  if (connection_ && open_) connection_->rollback();
}
Result WriteTx::query(const Query& query, const Params& params) {
  return connection_->run_in_transaction(query, params);
}
std::size_t WriteTx::copy(const std::string& table, const std::vector<std::string>& columns,
                          const std::function<bool(Fields&)>& next) {
  return connection_->copy(table, columns, next);
}
void WriteTx::savepoint() {
  connection_->run_script("SAVEPOINT feedctl");
}
void WriteTx::rollback_to_savepoint() {
  connection_->run_script("ROLLBACK TO SAVEPOINT feedctl");
}
void WriteTx::commit() {
  open_ = false;
  if (dry_run_)
    connection_->rollback();
  else
    connection_->commit();
}

// Locks, positions and lanes mean nothing in a database that is not ours.
Session::Session(const Options& options) : connection_(std::make_unique<Connection>(options)) {
  if (const auto* problem = connection_->problem()) throw closed_for_writes(*problem);
}
Session::~Session() = default;
Result Session::run(const Query& query, const Params& params) {
  return connection_->run(query, params);
}
bool Session::usable() const {
  return connection_->usable();
}

}  // namespace feedctl::store
