#include "hot/ranking.hpp"

#include <random>
#include <thread>

#include "base/error.hpp"
#include "hot/rows.hpp"

namespace feedctl::hot {
namespace {

using cache::RankingRead;
using std::chrono::milliseconds;

constexpr milliseconds longest_kept{500};
constexpr milliseconds patience{250};  // with another one's refresh

int random_between(int low, int high) {
  thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_int_distribution<int>(low, high)(random);
}

milliseconds jittered(milliseconds ttl) {
  return ttl * random_between(85, 115) / 100;
}

Error busy() {
  return Error(ErrorCode::unavailable, "the hot feed is being computed, try again shortly")
      .with_retry_after(std::chrono::seconds(1));
}

}  // namespace

Ranking::Ranking(store::Database& database, cache::Cache& cache, const Options& options)
    : database_(database),
      cache_(cache),
      stand_in_(cache.shared() ? cache::make_memory_cache() : nullptr),
      options_(options),
      key_("hotfeed:feed:hot:" + std::to_string(options.size)),
      lock_key_("hotfeed:lock:feed:hot:" + std::to_string(options.size)),
      recomputes_(metrics::counter("feedctl_hot_recomputes_total",
                                   "Times that the hot feed's ranking was computed.")),
      waits_(metrics::counter("feedctl_stampede_waits_total",
                              "Readers that waited for another one's computation.")),
      flight_(&waits_) {}

SnapshotPtr Ranking::newest(Deadline deadline) {
  if (auto snapshot = kept()) return snapshot;
  // A reader that comes after a mark does not join a flight that left before it.
  const auto flight = std::to_string(marks_.load());
  const auto snapshot = flight_.run(flight, deadline, [&] { return fetch(deadline); });
  if (!snapshot) throw busy();
  return *snapshot;
}

SnapshotPtr Ranking::earlier(Time as_of, std::size_t rank, Id id_at_rank) {
  const std::lock_guard lock(mutex_);
  return history_.find(as_of, rank, id_at_rank);
}

void Ranking::mark_dirty(bool drop_body) {
  cache_.mark_dirty(key_, drop_body);
  if (stand_in_) stand_in_->mark_dirty(key_, drop_body);
  ++marks_;
  if (!drop_body) return;
  const std::lock_guard lock(mutex_);
  ++drops_;
  kept_ = nullptr;
}

SnapshotPtr Ranking::kept() {
  const std::lock_guard lock(mutex_);
  return Clock::now() < kept_until_ ? kept_ : nullptr;
}

Ranking::Asked Ranking::ask() {
  const std::lock_guard lock(mutex_);
  return {Clock::now(), drops_};
}

SnapshotPtr Ranking::fetch(Deadline deadline) {
  if (auto snapshot = fetch_from(cache_, deadline)) return snapshot;
  auto snapshot = stand_in_ ? fetch_from(*stand_in_, deadline) : nullptr;
  if (!snapshot) throw busy();
  return snapshot;
}

// nullptr where this cache is down.
SnapshotPtr Ranking::fetch_from(cache::Cache& cache, Deadline deadline) {
  const auto start = Clock::now();
  const auto give_up = std::min(deadline.at(), start + patience);
  for (bool waited = false;;) {
    const auto asked = ask();
    const auto read = cache.read_ranking(key_, lock_key_, options_.refresh_window, options_.lease);
    if (read.state == RankingRead::State::down) return nullptr;
    if (auto snapshot = use(cache, read, asked)) return snapshot;
    if (asked.at >= give_up) {
      auto stale = parse_snapshot(read.body);
      return stale ? stale : compute().snapshot;
    }
    if (read.state != RankingRead::State::wait) continue;
    if (!std::exchange(waited, true)) waits_.add();
    std::this_thread::sleep_for(milliseconds(random_between(3, 15)));
  }
}

// nullptr where the cache must be asked again.
SnapshotPtr Ranking::use(cache::Cache& cache, const RankingRead& read, const Asked& asked) {
  if (read.state == RankingRead::State::lease) return refresh(cache, read.token, asked);
  if (read.state != RankingRead::State::fresh) return nullptr;
  auto snapshot = parse_snapshot(read.body);
  const auto age = snapshot ? without_news(*snapshot, read.age, asked) : std::nullopt;
  if (!age) {
    cache.mark_dirty(key_, !snapshot);
    return nullptr;
  }
  return keep(std::move(snapshot), asked, *age);
}

SnapshotPtr Ranking::refresh(cache::Cache& cache, const std::string& token, const Asked& asked) {
  try {
    auto computed = compute();
    const auto body = serialize(*computed.snapshot);
    cache.fill_ranking(key_, lock_key_, token, body, jittered(options_.ttl), !computed.current);
    if (!computed.current) return computed.snapshot;
    return keep(std::move(computed.snapshot), asked, milliseconds(0));
  } catch (...) {
    cache.release_ranking(key_, lock_key_, token);
    throw;
  }
}

Ranking::Computed Ranking::compute() {
  recomputes_.add();
  const bool current = rows::aggregate(database_);
  return {std::make_shared<Snapshot>(rows::ranking(database_, options_.size)), current};
}

// How long ago, seen from `asked`, the log held nothing newer than the snapshot; nullopt where it
// holds something now. Marks are not enough: of a process without this cache, or one that died
// between its commit and its mark, they never arrive. So the log is asked too, once a window.
std::optional<milliseconds> Ranking::without_news(const Snapshot& snapshot, milliseconds age,
                                                  const Asked& asked) {
  if (age < options_.refresh_window) return age;
  {
    const std::lock_guard lock(mutex_);
    const auto since = std::chrono::ceil<milliseconds>(asked.at - quiet_at_);
    if (snapshot.position == quiet_position_ && since < options_.refresh_window) return since;
  }
  if (rows::news(database_, snapshot.position)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  quiet_position_ = snapshot.position;
  quiet_at_ = asked.at;
  return milliseconds(0);
}

// Keeps it for as long as no like can have waited for longer than the window: one that came right
// after the moment, `age` before `asked`, at which nothing was newer.
SnapshotPtr Ranking::keep(SnapshotPtr snapshot, const Asked& asked, milliseconds age) {
  const auto left = options_.refresh_window - age;
  const std::lock_guard lock(mutex_);
  history_.add(snapshot);
  if (drops_ != asked.drops) return snapshot;
  kept_ = snapshot;
  kept_until_ = asked.at + std::min(left, longest_kept);
  return snapshot;
}

}  // namespace feedctl::hot
