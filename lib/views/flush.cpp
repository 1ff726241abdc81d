#include "views/flush.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "base/backoff.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "metrics/metrics.hpp"
#include "store/database.hpp"
#include "views/lost_window.hpp"

namespace feedctl::views {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_views_in_memory = 1'000'000;
constexpr std::size_t views_per_statement = 5'000;
constexpr int max_attempts = 4;
constexpr auto registry_check_interval = 10min;
constexpr auto prune_interval = 1h;
constexpr auto longest_sleep = 100ms;  // between two calls of should_stop()

Error lossy(const std::string& why, const std::string& remedy) {
  return Error(ErrorCode::config, "redis may lose counters: " + why)
      .with_hint(remedy + "; or accept the loss: --allow-lossy");
}

void require_durable(const Durability& durability) {
  if (!durability.keeps_append_only_file) {
    throw lossy("it keeps no append-only file",
                "redis-cli CONFIG SET appendonly yes, and the same in redis.conf");
  }
  if (durability.fsync == "no") {
    throw lossy("it leaves writes to the operating system (appendfsync no)",
                "redis-cli CONFIG SET appendfsync everysec, and the same in redis.conf");
  }
  if (durability.may_evict_counters) {
    throw lossy("it evicts keys when its memory is full (maxmemory-policy " +
                    durability.eviction_policy + ")",
                "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf");
  }
}

bool may_succeed_later(const Error& error) {
  const auto* sql = dynamic_cast<const store::SqlError*>(&error);
  return error.code() == ErrorCode::unavailable || (sql != nullptr && sql->is_transient());
}

// A rotation that Redis lost and that happened again has the same id and another time.
std::string identity_of(const Batch& batch) {
  return batch.id + '@' + std::to_string(batch.rotated_at.count());
}

metrics::Counter& rollbacks() {
  static auto& counter = metrics::counter(
      "feedctl_views_rollbacks_total", "Times that Redis showed older counters than PostgreSQL.");
  return counter;
}

metrics::Counter& restarts() {
  static auto& counter = metrics::counter(
      "feedctl_views_redis_restarts_total",
      "Times that a flush met another run of Redis than the flush before: a restart, a failover.");
  return counter;
}

std::string described(std::optional<std::chrono::milliseconds> time) {
  return time ? std::to_string(time->count()) : "unknown";
}

std::string new_epoch() {
  return base64url(random_bytes(9));
}

}  // namespace

std::chrono::milliseconds Durability::horizon() const {
  // With everysec one second passes until the next fsync, and the write itself is postponed by up
  // to two while an fsync runs (Redis: flushAppendOnlyFile).
  return fsync == "always" ? 0ms : 3000ms;
}

std::optional<Batch> Batch::parse(std::string_view id) {
  Batch batch;
  batch.id = id;
  if (id.size() < 4 || id[1] != ':') return std::nullopt;
  const auto epoch_end = id.find(':', 2);
  if (epoch_end == std::string_view::npos || epoch_end == 2) return std::nullopt;
  batch.epoch = id.substr(2, epoch_end - 2);
  auto rest = id.substr(epoch_end + 1);
  if (id[0] == 't') {
    batch.kind = Kind::doubtful;
    batch.label = rest;
    return rest.empty() ? std::nullopt : std::optional(batch);
  }
  const auto number = rest.substr(0, rest.find(':'));
  const auto sequence = parse_id(number);
  if (!sequence) return std::nullopt;
  batch.sequence = *sequence;
  rest.remove_prefix(number.size());
  if (id[0] == 'v') return rest.empty() ? std::optional(batch) : std::nullopt;
  if (id[0] != 'i' || rest.size() < 2) return std::nullopt;
  batch.kind = Kind::impressions;
  batch.label = rest.substr(1);
  return batch;
}

Flush::Flush(CounterBuffer& buffer, FlushStore& store, FlushOptions options)
    : buffer_(buffer), store_(store), options_(std::move(options)) {
  rollbacks();  // 0 until there is one
  restarts();
}

FlushReport Flush::run() {
  report_ = {};
  const auto durability = buffer_.durability();
  if (!std::exchange(is_connected_, true)) log::info("Redis connected successfully");
  if (!options_.allow_lossy) require_durable(durability);
  horizon_ = durability.horizon();
  log::write(options_.is_periodic ? log::Level::debug : log::Level::info,
             "Starting views synchronization from Redis to PostgreSQL...", {});
  server_ = buffer_.server_state();
  fence_ = fence();
  note_restart(durability);

  const auto now = options_.clock();
  if (!registry_checked_at_ || now - *registry_checked_at_ >= registry_check_interval) {
    report_.unregistered = static_cast<std::int64_t>(buffer_.register_missing_batches());
    registry_checked_at_ = now;
  }
  const auto left = buffer_.batches();
  for (const auto& batch : left) {
    if (first_seen_.count(identity_of(batch)) == 0) ++report_.recovered;
  }
  forget_dropped(left);
  rotate_all();
  const auto batches = buffer_.batches();
  apply_all(batches);
  if (options_.wait_for_horizon && report_.waiting > 0 && !should_stop()) {
    wait_for_horizon(batches);
    report_.waiting = 0;
    apply_all(buffer_.batches());
  }
  if (!ledger_pruned_at_ || now - *ledger_pruned_at_ >= prune_interval) {
    store_.prune_ledger(buffer_.batches());
    ledger_pruned_at_ = now;
  }
  if (report_.waiting + report_.failed == 0 && !report_.stopped) all_applied_until_ = server_.now;
  log_end();
  return report_;
}

// The lines of document 4, which its users search their logs for.
void Flush::log_end() const {
  const bool has_work = report_.batches > 0 || report_.failed > 0;
  const auto level = options_.is_periodic && !has_work ? log::Level::debug : log::Level::info;
  log::write(level, "Found " + std::to_string(report_.posts) + " posts with views in Redis", {});
  log::write(level,
             "Sync completed: " + std::to_string(report_.batches) + " successful, " +
                 std::to_string(report_.failed) + " errors",
             {{"views", report_.views},
              {"impressions", report_.impressions},
              {"waiting", report_.waiting}});
}

// ---- the fence

// The current epoch, once Redis has it. Reads it again after each step: meanwhile another flush may
// have applied batches of it, or begun the next one.
Fence Flush::fence() {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto record = store_.current_epoch();
    if (record && record->is_established) return {record->epoch, record->max_sequence};
    if (record)
      establish(*record);
    else
      store_.add_epoch("", {new_epoch(), 0, false, false});
  }
  throw Error(ErrorCode::unavailable, "the epoch of the counters changes all the time");
}

Fence Flush::begin_epoch(const std::string& previous) {
  store_.add_epoch(previous, {new_epoch(), 0, true, false});
  return fence();
}

void Flush::establish(const EpochRecord& record) {
  buffer_.establish_epoch(record.epoch, record.drops_live);
  store_.mark_established(record.epoch);
}

// ---- what Redis has lost

// The note comes before the first rotation: its number then is not of the server before.
void Flush::note_restart(const Durability& durability) {
  if (server_.id.empty() || server_.id == server_.last_id) return;
  if (is_replaced(server_)) {
    restarts().add();
    ++report_.restarts;
    auto settled = settled_at();
    if (server_.epoch == fence_.epoch)
      settled = std::max(settled, std::chrono::milliseconds(server_.sequence));
    const bool is_durable = durability.keeps_append_only_file && durability.fsync != "no";
    const auto window =
        lost_window(server_, settled, is_durable ? std::optional(horizon_) : std::nullopt);
    add_lost_window(window);
    log::warning("redis was started anew, or another server took over, since the last flush",
                 {{"lost_at_most_ms", described(window)}});
  }
  retry([&] { buffer_.remember_server(server_.id); });
}

void Flush::note_rollback() {
  rollbacks().add();
  ++report_.rollbacks;
  server_ = buffer_.server_state();
  const auto window = lost_window(server_, settled_at(), std::nullopt);
  add_lost_window(window);
  log::error("redis shows older counters than were flushed before: it was restored, or emptied",
             {{"epoch", fence_.epoch},
              {"last_applied", fence_.min_sequence},
              {"found", server_.sequence},
              {"lost_at_most_ms", described(window)},
              {"impressions", options_.on_rollback == OnRollback::drop
                                  ? "those that may have been added before are not added"
                                  : "those that it holds are added"}});
}

// A sequence number is a time. Batches are applied in the order of their numbers.
std::chrono::milliseconds Flush::settled_at() const {
  return std::max(all_applied_until_, std::chrono::milliseconds(fence_.min_sequence));
}

void Flush::add_lost_window(std::optional<std::chrono::milliseconds> window) {
  auto& sum = report_.lost_window;
  sum = sum && window ? std::optional(std::max(*sum, *window)) : std::nullopt;
}

// ---- rotation

// Batches that another flush has dropped. One that comes back, as Redis was restored, is new.
void Flush::forget_dropped(const std::vector<Batch>& batches) {
  std::set<std::string> held;
  for (const auto& batch : batches) held.insert(identity_of(batch));
  std::erase_if(first_seen_, [&](const auto& seen) { return !held.contains(seen.first); });
}

void Flush::rotate_all() {
  rotate([this] { return buffer_.rotate_views(fence_); });
  for (const auto& label : buffer_.labels()) {
    rotate([&] { return buffer_.rotate_impressions(label, fence_); });
  }
}

template <typename Rotate>
void Flush::rotate(const Rotate& rotate) {
  if (rotate() != Rotation::rolled_back) return;
  note_rollback();
  fence_ = begin_epoch(fence_.epoch);
  if (rotate() == Rotation::rolled_back) {
    throw Error(ErrorCode::unavailable, "the counters in redis change their epoch all the time")
        .with_hint("see whether two databases use this Redis: feedctl doctor");
  }
}

// ---- application

bool Flush::is_due(const Batch& batch) {
  const auto seen = first_seen_.try_emplace(identity_of(batch), options_.clock()).first->second;
  return batch.kind == Batch::Kind::views || options_.clock() - seen >= horizon_;
}

void Flush::apply_all(const std::vector<Batch>& batches) {
  for (const auto& batch : batches) {
    if (should_stop()) return;
    if (!is_due(batch)) {
      ++report_.waiting;
      continue;
    }
    try {
      apply(batch);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable) throw;
      ++report_.failed;
      log::error("a batch of counters could not be flushed",
                 {{"batch", batch.id}, {"error", error.what()}, {"detail", error.detail()}});
    }
  }
}

void Flush::wait_for_horizon(const std::vector<Batch>& batches) {
  auto due = options_.clock();
  for (const auto& batch : batches) {
    const auto seen = first_seen_.find(identity_of(batch));
    if (seen != first_seen_.end()) due = std::max(due, seen->second + horizon_);
  }
  while (options_.clock() < due && !should_stop()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(due - options_.clock()) + 1ms;
    sleep(std::min<std::chrono::milliseconds>(left, longest_sleep));
  }
}

void Flush::apply(const Batch& batch) {
  if (batch.kind == Batch::Kind::views)
    apply_views(batch);
  else
    apply_impressions(batch);
  if (report_.stopped) return;
  retry([&] { buffer_.drop(batch); });
  first_seen_.erase(identity_of(batch));
  ++report_.batches;
}

void Flush::apply_views(const Batch& batch) {
  for (std::size_t from = 0;;) {
    auto views = retry([&] { return buffer_.read_views(batch, from, max_views_in_memory); });
    if (views.empty()) return;
    from += views.size();
    std::sort(views.begin(), views.end());
    views.erase(std::unique(views.begin(), views.end()), views.end());
    Id last_post = 0;
    for (std::size_t i = 0; i < views.size(); i += views_per_statement) {
      if (should_stop()) return;
      const auto chunk =
          std::span(views).subspan(i, std::min(views_per_statement, views.size() - i));
      throttle(static_cast<std::int64_t>(chunk.size()));
      const auto applied = retry([&] { return store_.apply_views(chunk); });
      report_.views += applied.counted;
      report_.repeated += applied.repeated;
      report_.expired += applied.expired;
      report_.orphaned += applied.orphaned;
      report_.posts += static_cast<std::int64_t>(applied.posts.size());
      if (!applied.posts.empty() && applied.posts.front() == last_post) --report_.posts;
      if (!applied.posts.empty()) last_post = applied.posts.back();
      if (options_.on_progress) options_.on_progress(static_cast<std::int64_t>(chunk.size()));
    }
  }
}

// After a rollback, batches of an older epoch are doubtful, too: a backup may hold one that a crash
// of Redis took back, and whose impressions were applied in another batch since.
bool Flush::is_doubtful(const Batch& batch) {
  if (batch.kind == Batch::Kind::doubtful) return true;
  if (batch.epoch == fence_.epoch) return false;
  const auto record = store_.current_epoch();  // another flush may have begun the batch's epoch
  return record && record->epoch != batch.epoch && record->drops_live;
}

void Flush::apply_impressions(const Batch& batch) {
  const auto counts = retry([&] { return buffer_.read_impressions(batch); });
  if (counts.empty()) return;
  const bool drop = is_doubtful(batch) && options_.on_rollback == OnRollback::drop;
  throttle(static_cast<std::int64_t>(counts.size()));
  const auto applied = retry([&] { return store_.apply_impressions(batch, counts, drop); });
  if (applied.was_applied) return;
  report_.impressions += applied.impressions;
  report_.contents += applied.contents;
  (drop ? report_.dropped : report_.orphaned) += applied.orphaned;
  if (options_.on_progress) options_.on_progress(static_cast<std::int64_t>(counts.size()));
}

// Repeats `work` while it may succeed: every step of the flush is idempotent. A commit in doubt is
// such a step; the ledger tells its next attempt what became of it.
template <typename Work>
std::invoke_result_t<Work> Flush::retry(Work&& work) {
  for (int attempt = 1;; ++attempt) {
    try {
      return work();
    } catch (const Error& error) {
      if (attempt == max_attempts || !may_succeed_later(error)) throw;
      log::debug("a step of the flush is repeated", {{"error", error.what()}});
    }
    sleep(full_jitter(attempt, 50ms, 500ms));
  }
}

void Flush::throttle(std::int64_t views) {
  if (options_.max_views_per_second <= 0) return;
  while (options_.clock() < next_views_at_ && !should_stop()) sleep(10ms);
  next_views_at_ = std::max(next_views_at_, options_.clock()) +
                   std::chrono::microseconds(1'000'000 * views / options_.max_views_per_second);
}

bool Flush::should_stop() {
  if (options_.should_stop && options_.should_stop()) report_.stopped = true;
  return report_.stopped;
}

void Flush::sleep(std::chrono::milliseconds time) const {
  if (options_.sleep)
    options_.sleep(time);
  else
    std::this_thread::sleep_for(time);
}

}  // namespace feedctl::views
