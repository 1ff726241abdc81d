#include "feedctl/serve/view_services.hpp"

#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "feedctl/daemon/view_options.hpp"
#include "store/batch_options.hpp"
#include "views/flush_lock.hpp"
#include "views/flush_metrics.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait_for_lock = 2s;
constexpr auto lock_retry_interval = 50ms;

views::ViewRecorder::Options recorder_options(const config::Config& config) {
  views::ViewRecorder::Options options;
  options.redis = view_redis_options(config);
  // Only a process that follows the log hears of deletes.
  if (config.feed.index) options.max_target_age = 1min;
  return options;
}

views::ImpressionRecorder::Options impression_options(const config::Config& config) {
  views::ImpressionRecorder::Options options;
  options.redis = view_redis_options(config);
  options.dedup_ttl = std::chrono::duration_cast<std::chrono::seconds>(config.views.dedup_ttl);
  return options;
}

views::FlushOptions flush_options(views::OnRollback on_rollback, const std::atomic<bool>& stop) {
  views::FlushOptions options;
  options.on_rollback = on_rollback;
  options.wait_for_horizon = false;
  options.should_stop = [&stop] { return stop.load(); };
  return options;
}

Error busy() {
  return Error(ErrorCode::lock_held, "another synchronization of views is running")
      .with_retry_after(1s);
}

Error stopped() {
  return Error(ErrorCode::unavailable, "the server stops: what was not flushed waits in Redis")
      .with_retry_after(1s);
}

Error starting() {
  return Error(ErrorCode::unavailable, "the server starts: it does not know its database yet")
      .with_retry_after(1s);
}

// What was flushed is flushed, even if Redis does not answer any more.
void try_export_metrics(const views::FlushReport& report, views::CounterBuffer& buffer) {
  try {
    views::export_metrics(report, buffer);
  } catch (const Error& error) {
    log::warning("the metrics of a flush are not complete", {{"error", error.what()}});
  }
}

void acquire(views::FlushLock& lock) {
  const auto deadline = Deadline::after(longest_wait_for_lock);
  while (!lock.try_acquire()) {
    if (deadline.is_expired()) throw busy();
    std::this_thread::sleep_for(lock_retry_interval);
  }
}

}  // namespace

ViewServices::ViewServices(const config::Config& config, store::Database& database)
    : flush_redis_(flush_redis_options(config)),
      on_rollback_(on_rollback_of(config)),
      types_by_label_(app::types_by_label(config)),
      database_(database),
      recorder_(database, recorder_options(config)),
      impressions_(database, impression_options(config)) {}
ViewServices::~ViewServices() = default;

void ViewServices::set_installation(const std::string& installation) {
  {
    const std::lock_guard lock(mutex_);
    installation_ = installation;
  }
  recorder_.set_installation(installation);
  impressions_.set_installation(installation);
}

// Without it a flush would take the counters of whoever uses this Redis.
std::string ViewServices::known_installation() const {
  const std::lock_guard lock(mutex_);
  if (installation_.empty()) throw starting();
  return installation_;
}

// The connections are its own: a flush takes longer than a request may. It stays for later
// requests, as a Flush knows for how long it has seen a batch.
struct ViewServices::Flushing {
  Flushing(const store::Options& options, const redis::PoolOptions& redis,
           const std::map<std::string, std::string, std::less<>>& types_by_label,
           const views::FlushOptions& flush_options)
      : database(options),
        buffer(redis),
        store(database, types_by_label),
        flush(buffer, store, flush_options) {}

  store::Database database;
  views::RedisCounterBuffer buffer;
  views::PostgresFlushStore store;
  views::Flush flush;
};

views::FlushReport ViewServices::flush() {
  if (flush_redis_.url.empty()) return {};
  const auto installation = known_installation();
  const std::unique_lock only_one(flush_mutex_, longest_wait_for_lock);
  if (!only_one.owns_lock()) throw busy();
  auto options = store::with_batch_limits(database_.options());
  options.application_name += ".flush";
  options.pool_size = 1;
  views::FlushLock lock(options);
  acquire(lock);
  if (!flushing_)
    flushing_ = std::make_unique<Flushing>(options, flush_redis_, types_by_label_,
                                           flush_options(on_rollback_, is_flush_stopped_));
  flushing_->buffer.set_installation(installation);
  auto report = flushing_->flush.run();
  lock.release();
  try_export_metrics(report, flushing_->buffer);
  if (report.stopped) throw stopped();
  return report;
}

void ViewServices::close() {
  recorder_.close();
  impressions_.close();
}

}  // namespace feedctl::app
