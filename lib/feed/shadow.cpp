#include "feed/shadow.hpp"

#include <random>

#include "base/error.hpp"
#include "base/log.hpp"
#include "feed/page_tag.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_waiting = 64;
constexpr int differences = 3, looks = 50;
constexpr milliseconds between_looks{20}, patience{1000};

std::string joined(const std::vector<Id>& ids) {
  std::string text;
  for (const auto id : ids) text.append(text.empty() ? "" : ",").append(std::to_string(id));
  return text;
}

std::uint64_t chosen_below(double share) {
  if (share >= 1) return UINT64_MAX;
  return static_cast<std::uint64_t>(share * static_cast<double>(UINT64_MAX));
}

}  // namespace

struct Shadow::Shown {
  std::string tag;
  std::vector<Id> posts;
  events::Snapshot at;
};

Shadow::Shadow(double share, store::Database& database, IndexKeeper& keeper, PageParts& parts)
    : chosen_below_(chosen_below(share)),
      database_(database),
      keeper_(keeper),
      parts_(parts),
      thread_([this] { run(); }) {}

Shadow::~Shadow() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void Shadow::offer(const Sample& sample) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  if (random() >= chosen_below_) return;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting) return;
    waiting_.push_back(sample);
  }
  woken_.notify_one();
}

void Shadow::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const auto sample = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    try {
      compare(sample);
    } catch (const std::exception& error) {
      log::debug("a page could not be compared", {{"error", error.what()}});
    }
    lock.lock();
  }
}

Shadow::Shown Shadow::defined(const Sample& sample) {
  const auto read = read_at(database_, sample.user, sample.before, sample.limit);
  Shown shown{tag_of(read.page.posts, read.page.next), {}, read.snapshot};
  for (const auto& post : read.page.posts) shown.posts.push_back(post.id);
  return shown;
}

// False where memory does not answer this page now.
bool Shadow::from_memory(const Sample& sample, const Shown& after, Shown& shown) {
  if (!keeper_.wait_for({after.at, std::nullopt}, Deadline::after(patience))) return false;
  index::Page page;
  keeper_.read(sample.user, sample.before, static_cast<std::size_t>(sample.limit), page);
  if (page.answer != index::Page::Answer::here) return false;
  const PageParts::View view(parts_, sample.user, page.items);
  if (!view.whole()) return false;
  shown.tag = view.tag(page.next());
  shown.posts.clear();
  for (const auto& item : page.items) shown.posts.push_back(item.post);
  return true;
}

void Shadow::compare(const Sample& sample) {
  static auto& compared = metrics::counter("feedctl_feed_shadow_pages_total",
                                           "Pages from memory compared with the definition.");
  static auto& divergences = metrics::counter("feedctl_feed_divergence_total",
                                              "Pages from memory that were not the definition's.");
  auto before = defined(sample);
  Shown shown;
  for (int look = 0, differed = 0; look < looks; ++look) {
    if (!from_memory(sample, before, shown)) return;
    if (shown.tag == before.tag) return compared.add();
    auto after = defined(sample);
    differed = after.tag == before.tag ? differed + 1 : 0;
    if (differed == differences) {
      compared.add();
      divergences.add();
      return log::error("a feed page from memory is not its definition",
                        {{"user", sample.user},
                         {"before", sample.before},
                         {"limit", sample.limit},
                         {"memory", joined(shown.posts)},
                         {"definition", joined(after.posts)}});
    }
    before = std::move(after);
    std::this_thread::sleep_for(between_looks);
  }
}

}  // namespace feedctl::feed
