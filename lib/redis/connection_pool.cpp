#include "redis/connection_pool.hpp"

#include <utility>

#include "base/log.hpp"

namespace feedctl::redis {
namespace {

using Clock = CircuitBreaker::Clock;

const std::vector<double> operation_seconds{.0001, .00025, .0005, .001, .0025, .005,
                                            .01,   .025,   .05,   .1,   .5,    1};

class PoolExhausted : public std::runtime_error {
 public:
  PoolExhausted() : std::runtime_error("every connection is in use") {}
};

}  // namespace

// One slot of the pool, with a connection or the right to make one.
class ConnectionPool::Slot {
 public:
  explicit Slot(ConnectionPool& pool) : pool_(pool) {
    std::unique_lock lock(pool_.mutex_);
    const auto free = [&] { return pool_.in_use_ < pool_.size_; };
    if (!pool_.slot_freed_.wait_for(lock, pool_.timeout_, free)) throw PoolExhausted();
    ++pool_.in_use_;
    if (pool_.idle_.empty()) return;
    connection = std::move(pool_.idle_.back());
    pool_.idle_.pop_back();
  }
  ~Slot() {
    {
      const std::lock_guard lock(pool_.mutex_);
      --pool_.in_use_;
      // A connection from before set_installation() belongs to no installation.
      const bool ours = connection && connection->installation() == pool_.tenancy_.installation;
      if (ours) pool_.idle_.push_back(std::move(connection));
    }
    pool_.slot_freed_.notify_one();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // If one connection broke, the idle ones probably did, too.
  void drop() {
    connection.reset();
    std::vector<Handle> dropped;
    const std::lock_guard lock(pool_.mutex_);
    dropped.swap(pool_.idle_);
  }

  Handle connection;

 private:
  ConnectionPool& pool_;
};

ConnectionPool::ConnectionPool(const PoolOptions& options, Scripts scripts)
    : address_(parse_url(options.url)),
      timeout_(options.timeout),
      size_(options.pool_size),
      scripts_(std::move(scripts)),
      errors_(metrics::counter("feedctl_cache_errors_total", "Operations that Redis failed.")),
      durations_(metrics::histogram("feedctl_redis_operation_duration_seconds",
                                    "Time of one operation at Redis, with a new connection.", {},
                                    operation_seconds)),
      is_awaiting_installation_(options.wait_for_installation),
      tenancy_{options.prefix, ""} {
  idle_.reserve(size_);  // returning a connection allocates nothing
}

void ConnectionPool::set_installation(const std::string& installation) {
  const std::lock_guard lock(mutex_);
  if (installation != tenancy_.installation) idle_.clear();
  tenancy_.installation = installation;
  is_awaiting_installation_ = false;
}

FailureInfo ConnectionPool::last_failure() const {
  const std::lock_guard lock(mutex_);
  return is_failing_ ? last_failure_ : FailureInfo{};
}

bool ConnectionPool::run(const Operation& operation, bool probe) {
  if (is_awaiting_installation_.load(std::memory_order_relaxed) && !probe) return false;
  if (!circuit_breaker_.allow(Clock::now()) && !probe) return false;
  try {
    attempt(operation);
    const bool closed = circuit_breaker_.on_success();
    const bool was_failing =
        is_failing_.load(std::memory_order_relaxed) || is_unusable_.load(std::memory_order_relaxed);
    const bool usable_again = was_failing && on_success();
    if ((closed && !is_unusable_) || usable_again) log::info("redis answers again");
    return true;
  } catch (const UnusableServerError& error) {
    on_unusable_server(error);
  } catch (const ConnectionError& error) {
    on_connection_error(error.what());
  } catch (const ReplyError& refused) {
    on_refused(refused.what());
  } catch (const PoolExhausted& busy) {
    on_refused(busy.what());
  }
  return false;
}

// Also of those that fail.
class ConnectionPool::Timing {
 public:
  explicit Timing(metrics::Histogram& durations) : durations_(durations) {}
  ~Timing() { durations_.observe(std::chrono::duration<double>(Clock::now() - start_).count()); }
  Timing(const Timing&) = delete;
  Timing& operator=(const Timing&) = delete;

 private:
  metrics::Histogram& durations_;
  const Clock::time_point start_ = Clock::now();
};

void ConnectionPool::attempt(const Operation& operation) {
  Slot slot(*this);
  const Timing timing(durations_);
  if (slot.connection) {
    try {
      return execute(slot, operation);
    } catch (const ConnectionError& down) {
      if (down.is_timeout()) throw;
    }
  }
  try {
    slot.connection = std::make_unique<Connection>(address_, timeout_, scripts_, tenancy());
  } catch (const ReplyError& refused) {
    if (classify_error(refused.what()) == ErrorScope::permission)
      throw UnusableServerError(
          refused.what(),
          "ACL SETUSER of the user in redis.url with what it lacks, such as +info "
          "(docs/operations.md)");
    throw ConnectionError(refused.what(), false);  // the server accepts no client
  }
  execute(slot, operation);
}

Tenancy ConnectionPool::tenancy() const {
  const std::lock_guard lock(mutex_);
  return tenancy_;
}

void ConnectionPool::execute(Slot& slot, const Operation& operation) {
  try {
    operation(*slot.connection);
  } catch (const ReplyError&) {
    throw;  // a complete reply: the connection stays usable
  } catch (const ConnectionError&) {
    slot.drop();
    throw;
  } catch (...) {
    slot.connection.reset();  // else the next command would read the reply to this one
    throw;
  }
}

// True if the server was unusable before. A server that refuses writes still answers reads, so one
// success proves nothing soon after a failure.
bool ConnectionPool::on_success() {
  const std::lock_guard lock(mutex_);
  is_failing_ = false;
  if (Clock::now() - last_unusable_ < std::chrono::seconds(10)) return false;
  return is_unusable_.exchange(false);
}

void ConnectionPool::record_failure(FailureInfo failure) {
  errors_.add();
  const std::lock_guard lock(mutex_);
  last_failure_ = std::move(failure);
  is_failing_ = true;
}

void ConnectionPool::on_connection_error(const std::string& why) {
  record_failure({why, "", false});
  if (!circuit_breaker_.on_failure(Clock::now())) return;
  log::warning("redis does not answer, going on without it", {{"error", why}});
}

// Logs at once, then every minute: the server answers but stays unusable.
void ConnectionPool::on_unusable_server(const UnusableServerError& error) {
  record_failure({error.what(), error.remedy(), true});
  circuit_breaker_.on_failure(Clock::now());
  {
    const std::lock_guard lock(mutex_);
    is_unusable_ = true;
    last_unusable_ = Clock::now();
    if (!log_throttle_.should_log(error.what())) return;
  }
  log::warning("redis cannot be used, going on without it",
               {{"error", error.what()}, {"remedy", error.remedy()}});
}

// Logs at most every 10 seconds: a server that refuses one request refuses all.
void ConnectionPool::on_refused(const std::string& why) {
  record_failure({why, "", true});
  {
    const std::lock_guard lock(mutex_);
    if (Clock::now() - last_warning_ < std::chrono::seconds(10)) return;
    last_warning_ = Clock::now();
  }
  log::warning("redis refused an operation", {{"error", why}});
}

}  // namespace feedctl::redis
