#include "hot/ranking.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "base/failpoint.hpp"
#include "hot/rows.hpp"

namespace feedctl::hot {
namespace {

using cache::RankingRead;
using std::chrono::milliseconds;

constexpr milliseconds longest_kept{500};
constexpr milliseconds shortest_statement{50};
constexpr milliseconds patience{250};  // with another one's refresh

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

std::string ranking_key(const Options& options) {
  return "hotfeed:feed:hot:" + std::to_string(options.size);
}

Ranking::Ranking(store::Database& database, cache::Cache& cache, const Options& options)
    : database_(database),
      cache_(cache),
      stand_in_(cache.shared() ? cache::make_memory_cache() : nullptr),
      options_(options),
      window_(options.refresh_window),
      key_(ranking_key(options)),
      lock_key_("hotfeed:lock:feed:hot:" + std::to_string(options.size)),
      recomputes_(metrics::counter("feedctl_hot_recomputes_total",
                                   "Times that the hot feed's ranking was computed.")),
      waits_(metrics::counter("feedctl_stampede_waits_total",
                              "Readers that waited for another one's computation.")),
      flight_(&waits_) {}

Newest Ranking::newest(Deadline deadline) {
  if (const auto found = kept()) return *found;
  // A reader that comes after a mark does not join a flight that left before it.
  const auto flight = std::to_string(marks_.load());
  const auto found = current(flight_, flight, deadline, [&] { return fetch(deadline); });
  if (!found) throw busy();
  return *found;
}

bool Ranking::cached() {
  const auto asked = ask();
  const auto read = cache_.read_ranking(key_, lock_key_, window_, milliseconds(0));
  if (read.state != RankingRead::State::fresh) return false;
  const auto snapshot = parse_snapshot(read.body);
  return snapshot && without_news(*snapshot, read.age, asked);
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
  kept_ = {};
}

Ranking::Found Ranking::kept() {
  const std::lock_guard lock(mutex_);
  if (!kept_.snapshot || Clock::now() >= kept_.until) return std::nullopt;
  return kept_;
}

Ranking::Asked Ranking::ask() {
  const std::lock_guard lock(mutex_);
  return {Clock::now(), drops_};
}

Newest Ranking::fetch(Deadline deadline) {
  if (auto found = fetch_from(cache_, deadline)) return *found;
  auto found = stand_in_ ? fetch_from(*stand_in_, deadline) : std::nullopt;
  if (!found) throw busy();
  return *found;
}

// nullopt where this cache is down. While another one refreshes, what is stale is shown after a
// little patience; where there is nothing to show its lease is waited for, which ends soon even
// where it has died.
Ranking::Found Ranking::fetch_from(cache::Cache& cache, Deadline deadline) {
  const auto impatient = Clock::now() + patience;
  for (bool waited = false;;) {
    const auto asked = ask();
    const auto read = cache.read_ranking(key_, lock_key_, window_, lease());
    if (read.state == RankingRead::State::down) return std::nullopt;
    if (auto found = use(cache, read, asked, deadline)) return found;
    const bool late = asked.at >= deadline.at();
    if (late || asked.at >= impatient) {
      if (auto stale = parse_snapshot(read.body)) return Newest{stale, asked.at, asked.at};
    }
    if (late) throw busy();
    if (read.state != RankingRead::State::wait) continue;
    if (!std::exchange(waited, true)) waits_.add();
    std::this_thread::sleep_for(milliseconds(random_between(3, 15)));
  }
}

// nullopt where the cache must be asked again.
Ranking::Found Ranking::use(cache::Cache& cache, const RankingRead& read, const Asked& asked,
                            Deadline deadline) {
  if (read.state == RankingRead::State::lease) return refresh(cache, read.token, asked, deadline);
  if (read.state != RankingRead::State::fresh) return std::nullopt;
  auto snapshot = parse_snapshot(read.body);
  const auto age = snapshot ? without_news(*snapshot, read.age, asked) : std::nullopt;
  if (!age) {
    cache.mark_dirty(key_, !snapshot);
    return std::nullopt;
  }
  return keep(std::move(snapshot), asked, *age);
}

Newest Ranking::refresh(cache::Cache& cache, const std::string& token, const Asked& asked,
                        Deadline deadline) {
  try {
    auto computed = compute(deadline);
    const auto body = serialize(*computed.snapshot);
    cache.fill_ranking(key_, lock_key_, token, body, jittered(options_.ttl), !computed.current);
    if (!computed.current) return {computed.snapshot, asked.at, asked.at};
    return keep(std::move(computed.snapshot), asked, milliseconds(0));
  } catch (...) {
    cache.release_ranking(key_, lock_key_, token);
    throw;
  }
}

// Three times what a refresh took lately, so that one that died is soon replaced and one that is
// merely slow is not.
milliseconds Ranking::lease() {
  constexpr milliseconds least{500}, unknown{1000};
  const std::lock_guard lock(mutex_);
  if (recent_.empty()) return std::min(unknown, options_.lease);
  const auto slowest = *std::max_element(recent_.begin(), recent_.end());
  return std::min(std::max(slowest * 3, least), options_.lease);
}

// Half of the time is for the scores: where they take longer, the ranking is of those there are.
Ranking::Computed Ranking::compute(Deadline deadline) {
  recomputes_.add();
  const auto start = Clock::now();
  if (const auto ms = failpoint::value_of("hot.slow_refresh"); ms > 0) {
    std::this_thread::sleep_for(milliseconds(ms));
  }
  const bool brought_up = rows::aggregate(
      database_, std::clamp(deadline.left() / 2, shortest_statement, rows::longest_statement));
  Computed computed{std::make_shared<Snapshot>(rows::ranking(database_, options_.size)),
                    brought_up};
  ++computed_;
  const std::lock_guard lock(mutex_);
  recent_.push_back(std::chrono::ceil<milliseconds>(Clock::now() - start));
  if (recent_.size() > 16) recent_.pop_front();
  return computed;
}

void Ranking::refresh_window(milliseconds window) {
  window_ = window;
  const std::lock_guard lock(mutex_);
  kept_ = {};
}

// How long ago, seen from `asked`, the log held nothing newer than the snapshot; nullopt where it
// holds something now. Marks are not enough: of a process without this cache, or one that died
// between its commit and its mark, they never arrive. So the log is asked too, once a window.
std::optional<milliseconds> Ranking::without_news(const Snapshot& snapshot, milliseconds age,
                                                  const Asked& asked) {
  const auto window = window_.load();
  if (age < window) return age;
  {
    const std::lock_guard lock(mutex_);
    const auto since = std::chrono::ceil<milliseconds>(asked.at - quiet_at_);
    if (snapshot.position == quiet_position_ && since < window) return since;
  }
  if (rows::news(database_, snapshot.position)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  quiet_position_ = snapshot.position;
  quiet_at_ = asked.at;
  return milliseconds(0);
}

// Keeps it for as long as no like can have waited for longer than the window: one that came right
// after the moment, `age` before `asked`, at which nothing was newer.
Newest Ranking::keep(SnapshotPtr snapshot, const Asked& asked, milliseconds age) {
  const auto left = window_.load() - age;
  const std::lock_guard lock(mutex_);
  history_.add(snapshot);
  if (drops_ != asked.drops) return {std::move(snapshot), asked.at, asked.at};
  kept_ = {std::move(snapshot), asked.at, asked.at + std::min(left, longest_kept)};
  return kept_;
}

}  // namespace feedctl::hot
