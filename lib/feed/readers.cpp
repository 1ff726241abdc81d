#include "feed/readers.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours between_sights{1};
constexpr std::size_t most_seen = 10'000;
constexpr milliseconds tell_every{1000}, patience{1000};
constexpr std::size_t first_page = 50;
constexpr int warm_most = 1'000'000;

}  // namespace

Readers::Readers(store::Database& database, Options options)
    : database_(database), options_(options), warm_(options.warm) {}

Readers::~Readers() {
  stop();
}

void Readers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Readers::start(IndexKeeper& keeper, PageParts& parts) {
  thread_ = std::thread([&] { run(keeper, parts); });
}

void Readers::saw(Id user) {
  if (!options_.keep_rows || !noted_.note_unless_within(user, between_sights)) return;
  const std::lock_guard lock(mutex_);
  if (seen_.size() < most_seen) seen_.push_back(user);
}

void Readers::events(std::span<const events::Event> events) {
  for (const auto& event : events) {
    if (event.type != events::Type::caches_warmed) continue;
    const std::lock_guard lock(mutex_);
    warm_ = static_cast<int>(std::clamp<Id>(event.object, 0, warm_most));
    woken_.notify_one();
  }
}

bool Readers::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Readers::run(IndexKeeper& keeper, PageParts& parts) {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    woken_.wait_for(lock, tell_every, [&] { return stop_ || (warm_ > 0 && keeper.ready()); });
    const auto seen = std::exchange(seen_, {});
    const int warm = keeper.ready() ? std::exchange(warm_, 0) : 0;
    lock.unlock();
    try {
      if (!seen.empty()) tell(seen);
      if (warm > 0) this->warm(keeper, parts, warm);
    } catch (const std::exception& error) {
      log::debug("readers of the feed index", {{"error", error.what()}});
    }
    lock.lock();
  }
}

void Readers::tell(const std::vector<std::int64_t>& users) {
  database_.command(sql::feed::activate, store::params(users));
  database_.command(sql::feed::seen, store::params(users));
}

void Readers::warm(IndexKeeper& keeper, PageParts& parts, int most) {
  const auto began = std::chrono::steady_clock::now();
  const auto readers = database_.read(sql::feed::recent_readers, store::params(most));
  index::Page page;
  std::int64_t warmed = 0;
  for (const auto row : readers) {
    if (stopping()) return;
    const Id user = row.integer(0);
    if (!keeper.read_or_load(user, posts::newest, first_page, page, Deadline::after(patience)))
      continue;
    parts.load(user, page.items, Deadline::after(patience));
    ++warmed;
  }
  const auto took = std::chrono::steady_clock::now() - began;
  log::info("feed index warmed",
            {{"readers", warmed}, {"ms", std::chrono::duration_cast<milliseconds>(took).count()}});
}

}  // namespace feedctl::feed
