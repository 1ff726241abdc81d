#include "feed/reader_tracker.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours touch_interval{1};
constexpr std::size_t max_pending = 10'000;
constexpr milliseconds report_interval{1000}, wait_timeout{1000};
constexpr std::size_t first_page_size = 50;
constexpr int max_warm_readers = 1'000'000;

}  // namespace

ReaderTracker::ReaderTracker(store::Database& database, Options options)
    : database_(database), options_(options), warm_requested_(options.warm_readers) {}

void ReaderTracker::start(feed_index::IndexUpdater& updater, FragmentCache& fragments) {
  thread_.start(thread_.lock(), [&] { run(updater, fragments); });
}

void ReaderTracker::record_reader(Id user) {
  if (!options_.materialize || !recently_noted_.note_unless_within(user, touch_interval)) return;
  const auto lock = thread_.lock();
  if (pending_.size() < max_pending) pending_.push_back(user);
}

void ReaderTracker::on_events(std::span<const events::Event> events) {
  for (const auto& event : events) {
    if (event.type != events::Type::caches_warmed) continue;
    const auto lock = thread_.lock();
    warm_requested_ = static_cast<int>(std::clamp<Id>(event.object, 0, max_warm_readers));
    thread_.wake();
  }
}

void ReaderTracker::run(feed_index::IndexUpdater& updater, FragmentCache& fragments) {
  auto lock = thread_.lock();
  while (!thread_.is_stopping(lock)) {
    thread_.wait_for(lock, report_interval,
                     [&] { return warm_requested_ > 0 && updater.is_ready(); });
    const auto readers = std::exchange(pending_, {});
    const int warm_count = updater.is_ready() ? std::exchange(warm_requested_, 0) : 0;
    lock.unlock();
    try {
      if (!readers.empty()) save_last_seen(readers);
      if (warm_count > 0) warm_readers(updater, fragments, warm_count);
    } catch (const std::exception& error) {
      log::debug("readers of the feed index", {{"error", error.what()}});
    }
    lock.lock();
  }
}

void ReaderTracker::save_last_seen(const std::vector<std::int64_t>& users) {
  database_.execute(sql::feed::activate, store::params(users));
  database_.execute(sql::feed::seen, store::params(users));
}

void ReaderTracker::warm_readers(feed_index::IndexUpdater& updater, FragmentCache& fragments,
                                 int max_readers) {
  const auto started_at = std::chrono::steady_clock::now();
  const auto readers = database_.read(sql::feed::recent_readers, store::params(max_readers));
  feed_index::Page page;
  std::int64_t warmed = 0;
  for (const auto row : readers) {
    if (thread_.is_stopping()) return;
    const Id user = row.integer(0);
    if (!updater.read_or_load(user, posts::max_id, first_page_size, page,
                              Deadline::after(wait_timeout)))
      continue;
    fragments.load(user, page.items, Deadline::after(wait_timeout));
    ++warmed;
  }
  const auto took = std::chrono::steady_clock::now() - started_at;
  log::info("feed index warmed",
            {{"readers", warmed}, {"ms", std::chrono::duration_cast<milliseconds>(took).count()}});
}

}  // namespace feedctl::feed
