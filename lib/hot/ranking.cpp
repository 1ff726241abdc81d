#include "hot/ranking.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "base/failpoint.hpp"
#include "cache/memory_cache.hpp"
#include "hot/queries.hpp"

namespace feedctl::hot {
namespace {

using cache::RankingLookup;
using std::chrono::milliseconds;

constexpr milliseconds max_process_cache_age{500};
constexpr milliseconds min_statement_time{50};
constexpr milliseconds refresh_wait{250};  // for another process's refresh

const failpoint::Point slow_refresh{"hot.slow_refresh"};

int random_between(int low, int high) {
  thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_int_distribution<int>(low, high)(random);
}

milliseconds jittered(milliseconds ttl) {
  return ttl * random_between(85, 115) / 100;
}

}  // namespace

Error busy() {
  return Error(ErrorCode::unavailable, "the hot feed is being computed, try again shortly")
      .with_retry_after(std::chrono::seconds(1));
}

Ranking::Ranking(store::Database& database, cache::Cache& cache, const Options& options)
    : database_(database),
      cache_(cache),
      fallback_cache_(cache.is_shared() ? cache::make_memory_cache() : nullptr),
      options_(options),
      refresh_window_(options.refresh_window),
      key_(ranking_key(options)),
      lock_key_("hotfeed:lock:feed:hot:" + std::to_string(options.max_posts)),
      recomputes_(metrics::counter("feedctl_hot_recomputes_total",
                                   "Times that the hot feed's ranking was computed.")),
      behind_(metrics::counter("feedctl_hot_rankings_behind_total",
                               "Rankings computed from scores that were behind: their addition "
                               "took too long, so the next reader computes again.")),
      waits_(metrics::counter("feedctl_stampede_waits_total",
                              "Readers that waited for another one's computation.")),
      single_flight_(&waits_) {}

RankingWithValidity Ranking::newest(Deadline deadline) {
  if (const auto found = cached_in_process()) return *found;
  // A reader that comes after a mark must not join a flight that started before it.
  const auto flight = std::to_string(dirty_marks_.load());
  const auto found =
      run_until_fresh(single_flight_, flight, deadline, [&] { return fetch(deadline); });
  if (!found) throw busy();
  return *found;
}

bool Ranking::is_cached() {
  const auto context = begin_lookup();
  const auto read = cache_.read_ranking(key_, lock_key_, refresh_window_, milliseconds(0));
  if (read.state != RankingLookup::State::fresh) return false;
  const auto snapshot = parse_snapshot(read.body);
  return snapshot && age_if_log_unchanged(*snapshot, read.age, context);
}

RankingSnapshotPtr Ranking::find_snapshot(Time as_of, std::size_t rank, Id id_at_rank) {
  const std::lock_guard lock(mutex_);
  return history_.find(as_of, rank, id_at_rank);
}

void Ranking::mark_dirty(bool drop_body) {
  cache_.mark_dirty(key_, drop_body);
  if (fallback_cache_) fallback_cache_->mark_dirty(key_, drop_body);
  ++dirty_marks_;
  if (!drop_body) return;
  const std::lock_guard lock(mutex_);
  ++drop_generation_;
  cached_ = {};
}

Ranking::MaybeRanking Ranking::cached_in_process() {
  const std::lock_guard lock(mutex_);
  if (!cached_.snapshot || Clock::now() >= cached_.valid_until) return std::nullopt;
  return cached_;
}

Ranking::LookupContext Ranking::begin_lookup() {
  const std::lock_guard lock(mutex_);
  return {Clock::now(), drop_generation_};
}

RankingWithValidity Ranking::fetch(Deadline deadline) {
  if (auto found = fetch_from(cache_, deadline)) return *found;
  auto found = fallback_cache_ ? fetch_from(*fallback_cache_, deadline) : std::nullopt;
  if (!found) throw busy();
  return *found;
}

// nullopt if this cache is down. While another process refreshes, readers get the stale ranking
// after refresh_wait. Without one they wait for the lease, which ends soon even if its holder has
// crashed.
Ranking::MaybeRanking Ranking::fetch_from(cache::Cache& cache, Deadline deadline) {
  const auto impatient = Clock::now() + refresh_wait;
  for (bool waited = false;;) {
    const auto context = begin_lookup();
    const auto read = cache.read_ranking(key_, lock_key_, refresh_window_, lease_duration());
    if (read.state == RankingLookup::State::unavailable) return std::nullopt;
    if (auto found = apply_lookup(cache, read, context, deadline)) return found;
    const bool late = context.started_at >= deadline.at();
    if (late || context.started_at >= impatient) {
      if (auto stale = parse_snapshot(read.body))
        return RankingWithValidity{stale, context.started_at, context.started_at};
    }
    if (late) throw busy();
    if (read.state != RankingLookup::State::pending) continue;
    if (!std::exchange(waited, true)) waits_.add();
    std::this_thread::sleep_for(milliseconds(random_between(3, 15)));
  }
}

// nullopt if the caller must read the cache again.
Ranking::MaybeRanking Ranking::apply_lookup(cache::Cache& cache, const RankingLookup& read,
                                            const LookupContext& context, Deadline deadline) {
  if (read.state == RankingLookup::State::compute)
    return refresh(cache, read.token, context, deadline);
  if (read.state != RankingLookup::State::fresh) return std::nullopt;
  auto snapshot = parse_snapshot(read.body);
  const auto age = snapshot ? age_if_log_unchanged(*snapshot, read.age, context) : std::nullopt;
  if (!age) {
    cache.mark_dirty(key_, !snapshot);
    return std::nullopt;
  }
  return cache_in_process(std::move(snapshot), context, *age);
}

RankingWithValidity Ranking::refresh(cache::Cache& cache, const std::string& token,
                                     const LookupContext& context, Deadline deadline) {
  try {
    auto computed = compute(deadline);
    const auto body = serialize(*computed.snapshot);
    cache.store_ranking(key_, lock_key_, token, body, jittered(options_.ttl), !computed.is_current);
    if (!computed.is_current) return {computed.snapshot, context.started_at, context.started_at};
    return cache_in_process(std::move(computed.snapshot), context, milliseconds(0));
  } catch (...) {
    cache.release_ranking_lease(key_, lock_key_, token);
    throw;
  }
}

// Three times the slowest recent refresh: a crashed refresher is replaced soon, a slow one is not.
milliseconds Ranking::lease_duration() {
  constexpr milliseconds least{500}, unknown{1000};
  const std::lock_guard lock(mutex_);
  if (recent_durations_.empty()) return std::min(unknown, options_.max_lease_duration);
  const auto slowest = *std::max_element(recent_durations_.begin(), recent_durations_.end());
  return std::min(std::max(slowest * 3, least), options_.max_lease_duration);
}

// The scores get half of the time. If they take longer, the ranking uses the stored ones.
Ranking::Computed Ranking::compute(Deadline deadline) {
  recomputes_.add();
  const auto start = Clock::now();
  slow_refresh.hit();
  const bool is_current = queries::aggregate_scores(
      database_,
      std::clamp(deadline.remaining() / 2, min_statement_time, queries::max_statement_time));
  if (!is_current) behind_.add();
  Computed computed{
      std::make_shared<RankingSnapshot>(queries::load_ranking(database_, options_.max_posts)),
      is_current};
  ++computed_count_;
  const std::lock_guard lock(mutex_);
  recent_durations_.push_back(std::chrono::ceil<milliseconds>(Clock::now() - start));
  if (recent_durations_.size() > 16) recent_durations_.pop_front();
  return computed;
}

void Ranking::set_refresh_window(milliseconds window) {
  refresh_window_ = window;
  const std::lock_guard lock(mutex_);
  cached_ = {};
}

// How long before `context` the log had nothing newer than the snapshot; nullopt if it has
// something now. Marks are not enough: a process without this cache, or one that crashes between
// commit and mark, never sets them. So this process also checks the log, once a window.
std::optional<milliseconds> Ranking::age_if_log_unchanged(const RankingSnapshot& snapshot,
                                                          milliseconds age,
                                                          const LookupContext& context) {
  const auto window = refresh_window_.load();
  if (age < window) return age;
  {
    const std::lock_guard lock(mutex_);
    const auto since = std::chrono::ceil<milliseconds>(context.started_at - unchanged_at_);
    if (snapshot.log_position == unchanged_position_ && since < window) return since;
  }
  if (queries::has_changes_since(database_, snapshot.log_position)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  unchanged_position_ = snapshot.log_position;
  unchanged_at_ = context.started_at;
  return milliseconds(0);
}

// The copy is valid until the oldest like that it may lack is a window old. That like came right
// after the moment, `age` before `context`, at which the log had nothing newer.
RankingWithValidity Ranking::cache_in_process(RankingSnapshotPtr snapshot,
                                              const LookupContext& context, milliseconds age) {
  const auto left = refresh_window_.load() - age;
  const std::lock_guard lock(mutex_);
  history_.add(snapshot);
  if (drop_generation_ != context.drop_generation)
    return {std::move(snapshot), context.started_at, context.started_at};
  cached_ = {std::move(snapshot), context.started_at,
             context.started_at + std::min(left, max_process_cache_age)};
  return cached_;
}

}  // namespace feedctl::hot
