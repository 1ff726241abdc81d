#include "hot/page_cache.hpp"

#include <algorithm>

namespace feedctl::hot {
namespace {

constexpr std::size_t max_page_bytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds last_used_resolution{1};

}  // namespace

PageCache::Entry* PageCache::find_entry(int limit) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.limit == limit; });
  return found == entries_.end() ? nullptr : &*found;
}

PageCache::Entry* PageCache::touch_entry(int limit, Clock::time_point now) {
  auto* const entry = find_entry(limit);
  if (entry == nullptr) return nullptr;
  if (now - entry->last_used_at >= idle_window) entry->refresh_requested_at.reset();
  if (now - entry->last_used_at >= last_used_resolution) entry->last_used_at = now;
  return entry;
}

CachedPagePtr PageCache::stale_copy_of(Entry& entry) {
  if (!entry.stale_page) {
    auto stale = std::make_shared<CachedPage>(*entry.page);
    stale->is_stale = true;
    entry.stale_page = std::move(stale);
  }
  return entry.stale_page;
}

PageCache::Lookup PageCache::lookup(int limit, std::chrono::milliseconds max_age) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto* const entry = touch_entry(limit, now);
  if (entry == nullptr) return {};
  if (now < entry->refresh_at) return {entry->page, false};
  if (!entry->refresh_requested_at) entry->refresh_requested_at = now;
  if (now < entry->valid_until) {
    entry->refresh_at = entry->valid_until;  // only this caller gets needs_refresh
    return {entry->page, true};
  }
  const bool late =
      now - *entry->refresh_requested_at >= refresh_wait && now - entry->stored_at < max_age;
  return {late ? stale_copy_of(*entry) : nullptr, true};
}

CachedPagePtr PageCache::latest(int limit, std::chrono::milliseconds max_age) {
  const std::lock_guard lock(mutex_);
  const auto* const entry = find_entry(limit);
  return entry != nullptr && Clock::now() - entry->stored_at < max_age ? entry->page : nullptr;
}

CachedPagePtr PageCache::latest_stale(int limit, std::chrono::milliseconds max_age) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto* const entry = touch_entry(limit, now);
  return entry != nullptr && now - entry->stored_at < max_age ? stale_copy_of(*entry) : nullptr;
}

CachedPagePtr PageCache::latest_since(int limit, Clock::time_point start) {
  const std::lock_guard lock(mutex_);
  auto* const entry = touch_entry(limit, Clock::now());
  if (entry == nullptr) return nullptr;
  if (entry->valid_from >= start || start < entry->valid_until) return entry->page;
  if (!entry->refresh_requested_at) entry->refresh_requested_at = start;
  return nullptr;
}

std::uint64_t PageCache::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void PageCache::store(std::uint64_t seen_generation, int limit, CachedPagePtr page,
                      Clock::time_point valid_from, Clock::time_point valid_until) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (seen_generation != generation_) return;
  auto* entry = find_entry(limit);
  if (page->body.size() > max_page_bytes) {
    if (entry != nullptr) *entry = {};
    return;
  }
  const auto used = entry != nullptr ? entry->last_used_at : now;
  if (entry == nullptr) {
    entry = &*std::min_element(
        entries_.begin(), entries_.end(),
        [](const Entry& a, const Entry& b) { return a.last_used_at < b.last_used_at; });
  }
  *entry = Entry{};
  entry->last_used_at = used;
  entry->limit = limit;
  entry->page = std::move(page);
  entry->valid_from = valid_from;
  entry->stored_at = now;
  entry->refresh_at = valid_until - std::max(valid_until - now, Clock::duration{0}) / 3;
  entry->valid_until = valid_until;
}

void PageCache::invalidate() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  entries_ = {};
}

}  // namespace feedctl::hot
