#include "store/database.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/backoff.hpp"
#include "metrics/metrics.hpp"
#include "sql/store.hpp"
#include "store/connection.hpp"
#include "store/connection_check.hpp"

namespace feedctl::store {

namespace {

constexpr int max_attempts = 3;

metrics::Gauge& connections(const char* state) {
  return metrics::gauge("feedctl_db_pool_connections",
                        "Connections to the database, over all pools of the process",
                        {{"state", state}});
}

// Over all pools of the process, each of which adds and takes away its part.
struct PoolGauges {
  metrics::Gauge& busy = connections("busy");
  metrics::Gauge& idle = connections("idle");
  metrics::Gauge& limit = connections("limit");
  metrics::Gauge& waiting =
      metrics::gauge("feedctl_db_pool_waiting", "Threads that wait for a database connection");
};

}  // namespace

// Lends connections, at most pool_size at once. Closes one that comes back broken or in a
// transaction. Lends the last used first, so that spare connections stay idle.
class Database::Pool : public std::enable_shared_from_this<Database::Pool> {
 public:
  explicit Pool(Options options) : options_(std::move(options)) {
    idle_.reserve(options_.pool_size);  // a release needs no memory
    gauges_.limit.add(static_cast<double>(options_.pool_size));
  }
  ~Pool() {
    gauges_.limit.add(-static_cast<double>(options_.pool_size));
    gauges_.idle.add(-static_cast<double>(idle_.size()));
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::shared_ptr<Connection> acquire() {
    const auto start = std::chrono::steady_clock::now();
    auto connection = take_idle(start + options_.pool_wait);
    wait_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (!connection) connection = open();
    // The last owner's release returns the connection.
    auto* raw = connection.release();
    return {raw, [self = shared_from_this()](Connection* c) { self->release(c); }};
  }

  Usage usage() const {
    const std::lock_guard lock(mutex_);
    return {options_.pool_size, idle_.size() + busy_, busy_, waiting_};
  }
  const Options& options() const { return options_; }

 private:
  // An idle connection, or nullptr: the caller holds a permit to open one.
  std::unique_ptr<Connection> take_idle(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    gauges_.waiting.add(1);
    const bool free = freed_.wait_until(lock, until, [&] { return busy_ < options_.pool_size; });
    --waiting_;
    gauges_.waiting.add(-1);
    if (!free) {
      throw Error(ErrorCode::unavailable, "the database is busy")
          .with_detail("no connection became free in time")
          .with_retry_after(std::chrono::seconds{1});
    }
    ++busy_;
    gauges_.busy.add(1);
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      gauges_.idle.add(-1);
      if (connection->is_usable()) return connection;
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
      release_permit();
      throw;
    }
  }

  void release(Connection* connection) {
    std::unique_ptr<Connection> owned(connection);
    {
      const std::lock_guard lock(mutex_);
      if (owned->is_outdated() && owned->epoch == epoch_) close_idle();
      if (owned->is_clean() && owned->epoch == epoch_) {
        idle_.push_back(std::move(owned));
        gauges_.idle.add(1);
      }
    }
    owned.reset();  // before another is opened in its place
    release_permit();
  }

  // If the schema has changed, all idle connections have outdated statements.
  void close_idle() {
    ++epoch_;
    gauges_.idle.add(-static_cast<double>(idle_.size()));
    idle_.clear();
  }

  void release_permit() {
    {
      const std::lock_guard lock(mutex_);
      --busy_;
      gauges_.busy.add(-1);
    }
    freed_.notify_one();
  }

  const Options options_;
  metrics::Histogram& wait_ = metrics::histogram("feedctl_db_pool_wait_seconds",
                                                 "Time a request waited for a database connection");
  PoolGauges gauges_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::atomic<std::uint64_t> epoch_{0};  // connections of an earlier epoch are not lent again
  std::size_t busy_ = 0;
  std::size_t waiting_ = 0;
};

Database::Database(Options options) : pool_(std::make_shared<Pool>(std::move(options))) {}
Database::~Database() = default;

Result Database::read(const Query& query, const Params& params) {
  return read_impl(query, params, false);
}

Result Database::read_on_primary(const Query& query, const Params& params) {
  return read_impl(query, params, true);
}

Result Database::read_impl(const Query& query, const Params& params, bool primary_only) {
  auto connection = pool_->acquire();
  const auto run = [&] {
    if (primary_only && connection->is_standby_connection()) throw standby_error();
    return connection->run(query, params);
  };
  try {
    return run();
  } catch (const Error&) {
    if (!connection->is_broken()) throw;
  }
  connection.reset();
  connection = pool_->acquire();
  return run();
}

Result Database::execute(const Query& query, const Params& params) {
  for (int attempt = 0;; ++attempt) {
    try {
      if (pool_->options().dry_run) return write().query(query, params);
      const auto connection = pool_->acquire();
      require_writes_open(connection->problem());
      return connection->run(query, params);
    } catch (const SqlError& e) {
      if (!e.is_transient() || attempt + 1 >= max_attempts) throw;
    }
    std::this_thread::sleep_for(
        full_jitter(attempt, std::chrono::milliseconds{5}, std::chrono::milliseconds{50}));
  }
}

ReadTx Database::snapshot() {
  auto connection = pool_->acquire();
  connection->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return ReadTx(std::move(connection));
}

WriteTx Database::write(std::optional<std::chrono::milliseconds> statement_timeout) {
  auto connection = pool_->acquire();
  require_writes_open(connection->problem());
  connection->begin("BEGIN", statement_timeout);
  return WriteTx(std::move(connection), pool_->options().dry_run);
}

void Database::ping() {
  read(sql::store::ping);
}
bool Database::is_behind_pooler() {
  return pool_->acquire()->is_behind_pooler();
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

// Locks and positions mean nothing in a database with a problem.
Session::Session(const Options& options) : connection_(std::make_unique<Connection>(options)) {
  if (const auto* problem = connection_->problem()) throw writes_closed_error(*problem);
}
Session::~Session() = default;
Result Session::run(const Query& query, const Params& params) {
  return connection_->run(query, params);
}
bool Session::is_usable() const {
  return connection_->is_usable();
}

}  // namespace feedctl::store
