#include "cache/redis_pool.hpp"

#include <utility>

#include "base/log.hpp"

namespace feedctl::cache {
namespace {

using Clock = Breaker::Clock;

class PoolBusy : public std::runtime_error {
 public:
  PoolBusy() : std::runtime_error("every connection is in use") {}
};

}  // namespace

// One place in the pool, with a connection or the right to make one.
class RedisPool::Slot {
 public:
  explicit Slot(RedisPool& pool) : pool_(pool) {
    std::unique_lock lock(pool_.mutex_);
    const auto free = [&] { return pool_.busy_ < pool_.size_; };
    if (!pool_.freed_.wait_for(lock, pool_.timeout_, free)) throw PoolBusy();
    ++pool_.busy_;
    if (pool_.idle_.empty()) return;
    connection = std::move(pool_.idle_.back());
    pool_.idle_.pop_back();
  }
  ~Slot() {
    {
      const std::lock_guard lock(pool_.mutex_);
      --pool_.busy_;
      if (connection) pool_.idle_.push_back(std::move(connection));
    }
    pool_.freed_.notify_one();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // Where one connection broke, those that idle are no better.
  void drop() {
    connection.reset();
    std::vector<Handle> dropped;
    const std::lock_guard lock(pool_.mutex_);
    dropped.swap(pool_.idle_);
  }

  Handle connection;

 private:
  RedisPool& pool_;
};

RedisPool::RedisPool(const RedisOptions& options, RedisScripts scripts)
    : address_(parse_redis_url(options.url)),
      timeout_(options.timeout),
      size_(options.pool_size),
      scripts_(std::move(scripts)),
      errors_(metrics::counter("feedctl_cache_errors_total", "Operations that Redis failed.")) {
  idle_.reserve(size_);  // what is given back finds its place without memory
}

bool RedisPool::run(const Work& work, bool probe) {
  if (!breaker_.allow(Clock::now()) && !probe) return false;
  try {
    attempt(work);
    if (breaker_.succeeded()) log::info("redis answers again");
    return true;
  } catch (const RedisDown& down) {
    note_down(down.what());
  } catch (const RedisRefused& refused) {
    note_refused(refused.what());
  } catch (const PoolBusy& busy) {
    note_refused(busy.what());
  }
  return false;
}

void RedisPool::attempt(const Work& work) {
  Slot slot(*this);
  if (slot.connection) {
    try {
      return use(slot, work);
    } catch (const RedisDown& down) {
      if (down.timed_out()) throw;
    }
  }
  try {
    slot.connection = std::make_unique<RedisConnection>(address_, timeout_, scripts_);
  } catch (const RedisRefused& refused) {
    throw RedisDown(refused.what(), false);  // a server that lets nobody in
  }
  use(slot, work);
}

void RedisPool::use(Slot& slot, const Work& work) {
  try {
    work(*slot.connection);
  } catch (const RedisRefused&) {
    throw;  // an answer like any other
  } catch (const RedisDown&) {
    slot.drop();
    throw;
  } catch (...) {
    slot.connection.reset();  // an answer still under way would be taken for the next one's
    throw;
  }
}

void RedisPool::note_down(const std::string& why) {
  errors_.add();
  if (!breaker_.failed(Clock::now())) return;
  log::warning("redis does not answer, going on without it", {{"error", why}});
}

// Said at most every 10 seconds: a server that refuses does so to every request.
void RedisPool::note_refused(const std::string& why) {
  errors_.add();
  {
    const std::lock_guard lock(mutex_);
    if (Clock::now() - last_warning_ < std::chrono::seconds(10)) return;
    last_warning_ = Clock::now();
  }
  log::warning("redis refused an operation", {{"error", why}});
}

}  // namespace feedctl::cache
