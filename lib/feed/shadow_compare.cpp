#include "feed/shadow_compare.hpp"

#include <random>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "feed/page_etag.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_queued = 64;
constexpr int required_differences = 3, max_attempts = 50;
constexpr milliseconds attempt_interval{20}, wait_timeout{1000};

std::uint64_t sample_threshold(double share) {
  if (share >= 1) return UINT64_MAX;
  return static_cast<std::uint64_t>(share * static_cast<double>(UINT64_MAX));
}

}  // namespace

struct ShadowCompare::ComparedPage {
  std::string etag;
  std::vector<Id> posts;
  events::PgSnapshot snapshot;
};

ShadowCompare::ShadowCompare(double share, store::Database& database,
                             feed_index::IndexUpdater& updater, FragmentCache& fragments)
    : sample_threshold_(sample_threshold(share)),
      database_(database),
      updater_(updater),
      fragments_(fragments),
      thread_([this] { run(); }) {}

void ShadowCompare::maybe_sample(const PageKey& key) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  if (random() >= sample_threshold_) return;
  {
    const auto lock = thread_.lock();
    if (queue_.size() >= max_queued) return;
    queue_.push_back(key);
  }
  thread_.wake();
}

void ShadowCompare::run() {
  auto lock = thread_.lock();
  while (thread_.wait(lock, [&] { return !queue_.empty(); })) {
    const auto key = queue_.front();
    queue_.pop_front();
    lock.unlock();
    try {
      compare(key);
    } catch (const std::exception& error) {
      log::debug("a page could not be compared", {{"error", error.what()}});
    }
    lock.lock();
  }
}

ShadowCompare::ComparedPage ShadowCompare::page_from_definition(const PageKey& key) {
  const auto feed = query_feed(database_, key.user, key.before, key.limit);
  ComparedPage result{page_etag(feed.page.posts, feed.page.next), {}, feed.snapshot};
  for (const auto& post : feed.page.posts) result.posts.push_back(post.id);
  return result;
}

// False: memory does not answer this page now.
bool ShadowCompare::page_from_memory(const PageKey& key, const ComparedPage& definition,
                                     ComparedPage& result) {
  if (!updater_.wait_until_covered({definition.snapshot, std::nullopt},
                                   Deadline::after(wait_timeout)))
    return false;
  feed_index::Page page;
  updater_.read(key.user, key.before, static_cast<std::size_t>(key.limit), page);
  if (page.result != feed_index::Page::Result::complete) return false;
  const FragmentCache::PageFragments page_fragments(fragments_, key.user, page.items);
  if (!page_fragments.is_complete()) return false;
  result.etag = page_fragments.etag(page.next());
  result.posts.clear();
  for (const auto& item : page.items) result.posts.push_back(item.post);
  return true;
}

void ShadowCompare::compare(const PageKey& key) {
  static auto& compared = metrics::counter("feedctl_feed_shadow_pages_total",
                                           "Pages from memory compared with the defining query.");
  static auto& divergences =
      metrics::counter("feedctl_feed_divergence_total",
                       "Pages from memory that differed from the defining query's.");
  auto definition = page_from_definition(key);
  ComparedPage from_memory;
  for (int attempt = 0, differed = 0; attempt < max_attempts; ++attempt) {
    if (!page_from_memory(key, definition, from_memory)) return;
    if (from_memory.etag == definition.etag) return compared.add();
    auto current = page_from_definition(key);
    differed = current.etag == definition.etag ? differed + 1 : 0;
    if (differed == required_differences) {
      compared.add();
      divergences.add();
      return log::error("a feed page from memory differs from the defining query's",
                        {{"user", key.user},
                         {"before", key.before},
                         {"limit", key.limit},
                         {"memory", join(from_memory.posts, ",")},
                         {"definition", join(current.posts, ",")}});
    }
    definition = std::move(current);
    std::this_thread::sleep_for(attempt_interval);
  }
}

}  // namespace feedctl::feed
