#pragma once
// A cache of the hot feed's first pages as bytes. A page without an actor is the same for all
// readers. The cache keeps one page for each of the 16 last used limits (posts a page), and no page
// above 1 MiB.
// Thread-safe; no caller builds a page under its lock.
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace feedctl::hot {

struct CachedPage {
  std::string body;       // JSON
  std::string gzip_body;  // the same compressed; "" if that saves nothing
  std::string etag;       // of `body`, with quotes
  std::optional<std::string> next_cursor;
  Time made_at;
  bool is_stale = false;  // the last page, shown because the next one is late
};
using CachedPagePtr = std::shared_ptr<const CachedPage>;

class PageCache {
 public:
  using Clock = Deadline::Clock;

  // Readers wait so long for the next page, then get the last one, marked as stale.
  static constexpr std::chrono::milliseconds refresh_wait{100};
  // After so long without a reader, refresh_wait starts anew with the next one: an earlier refresh
  // request must have failed.
  static constexpr std::chrono::milliseconds idle_window{1000};

  struct Lookup {
    CachedPagePtr page;
    bool needs_refresh = false;  // the caller must request the next page
  };
  // The current page. In the last third of its life one caller gets `needs_refresh`. After its end
  // all callers get `needs_refresh`, but no page until refresh_wait after the first of them. From
  // then on they get the last page, marked as stale, if it is younger than `max_age`.
  Lookup lookup(int limit, std::chrono::milliseconds max_age);
  // The last page, current or not, if it is younger than `max_age`.
  CachedPagePtr latest(int limit, std::chrono::milliseconds max_age);
  // The same, marked as stale.
  CachedPagePtr latest_stale(int limit, std::chrono::milliseconds max_age);
  // For a caller that has waited since `start`: the last page if it was current then, or if its
  // build began since.
  CachedPagePtr latest_since(int limit, Clock::time_point start);

  // Read it before a build: store() ignores the page if invalidate() was called since.
  std::uint64_t generation() const;
  // `valid_from`: when the build of the page began.
  void store(std::uint64_t seen_generation, int limit, CachedPagePtr page,
             Clock::time_point valid_from, Clock::time_point valid_until);
  // Removes all pages: one may contain a post that must not be shown any more.
  void invalidate();

 private:
  struct Entry {
    int limit = 0;                   // 0: empty
    CachedPagePtr page, stale_page;  // `stale_page` once a reader needed it
    Clock::time_point valid_from, stored_at, refresh_at, valid_until;
    std::optional<Clock::time_point> refresh_requested_at;  // since when a refresh is due
    Clock::time_point last_used_at;  // by a reader, in steps of a millisecond
  };
  Entry* find_entry(int limit);
  Entry* touch_entry(int limit, Clock::time_point now);
  static CachedPagePtr stale_copy_of(Entry& entry);

  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::array<Entry, 16> entries_;
};

}  // namespace feedctl::hot
