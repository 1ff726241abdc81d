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
      // One that was made before adopt() does not know whose it is.
      const bool ours = connection && connection->installation() == pool_.tenancy_.installation;
      if (ours) pool_.idle_.push_back(std::move(connection));
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
      errors_(metrics::counter("feedctl_cache_errors_total", "Operations that Redis failed.")),
      waits_(options.wait_for_installation),
      tenancy_{options.prefix, ""} {
  idle_.reserve(size_);  // what is given back finds its place without memory
}

void RedisPool::adopt(const std::string& installation) {
  const std::lock_guard lock(mutex_);
  if (installation != tenancy_.installation) idle_.clear();
  tenancy_.installation = installation;
  waits_ = false;
}

Trouble RedisPool::trouble() const {
  const std::lock_guard lock(mutex_);
  return fails_ ? trouble_ : Trouble{};
}

bool RedisPool::run(const Work& work, bool probe) {
  if (waits_.load(std::memory_order_relaxed) && !probe) return false;
  if (!breaker_.allow(Clock::now()) && !probe) return false;
  try {
    attempt(work);
    const bool closed = breaker_.succeeded();
    const bool unfit = fails_.load(std::memory_order_relaxed) && note_done();
    if (closed || unfit) log::info("redis answers again");
    return true;
  } catch (const RedisUnfit& unfit) {
    note_unfit(unfit);
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
    slot.connection = std::make_unique<RedisConnection>(address_, timeout_, scripts_, tenancy());
  } catch (const RedisRefused& refused) {
    if (classify_redis_error(refused.what()) == RedisFault::permission)
      throw RedisUnfit(refused.what(),
                       "ACL SETUSER of the user in redis.url with what it lacks, such as +info "
                       "(docs/operations.md)");
    throw RedisDown(refused.what(), false);  // a server that lets nobody in
  }
  use(slot, work);
}

Tenancy RedisPool::tenancy() const {
  const std::lock_guard lock(mutex_);
  return tenancy_;
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

// True where it had been unfit.
bool RedisPool::note_done() {
  const std::lock_guard lock(mutex_);
  fails_ = false;
  return std::exchange(unfit_, false);
}

void RedisPool::fails(Trouble trouble) {
  errors_.add();
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
  fails_ = true;
}

void RedisPool::note_down(const std::string& why) {
  fails({why, "", false});
  if (!breaker_.failed(Clock::now())) return;
  log::warning("redis does not answer, going on without it", {{"error", why}});
}

// Said at once, and every minute: it answers, but goes on being of no use.
void RedisPool::note_unfit(const RedisUnfit& unfit) {
  fails({unfit.what(), unfit.remedy(), true});
  breaker_.failed(Clock::now());
  {
    const std::lock_guard lock(mutex_);
    unfit_ = true;
    if (!told_.due(unfit.what())) return;
  }
  log::warning("redis cannot be used, going on without it",
               {{"error", unfit.what()}, {"remedy", unfit.remedy()}});
}

// Said at most every 10 seconds: a server that refuses does so to every request.
void RedisPool::note_refused(const std::string& why) {
  fails({why, "", true});
  {
    const std::lock_guard lock(mutex_);
    if (Clock::now() - last_warning_ < std::chrono::seconds(10)) return;
    last_warning_ = Clock::now();
  }
  log::warning("redis refused an operation", {{"error", why}});
}

}  // namespace feedctl::cache
