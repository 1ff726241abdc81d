#include "cache/memory_cache.hpp"

#include <map>
#include <mutex>

#include "base/encoding.hpp"
#include "cache/cache_metrics.hpp"
#include "cache/lru_cache.hpp"

namespace feedctl::cache {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The rules of ranking_scripts.hpp, with counters as marks.
class RankingEntry {
 public:
  RankingLookup lookup(milliseconds window, milliseconds lease_duration, Clock::time_point now) {
    if (now >= expires_) body_.reset();
    RankingLookup read;
    read.body = body_.value_or("");
    if (body_ && !stale_ && (body_mark_ == mark_ || now - started_ < window)) {
      read.state = RankingLookup::State::fresh;
      read.age = std::chrono::duration_cast<milliseconds>(now - started_);
    } else if (!lease_.token.empty() && now < lease_.until) {
      read.state = RankingLookup::State::pending;
    } else {
      read.state = RankingLookup::State::compute;
      read.token = base64url(random_bytes(12));
      lease_ = {read.token, now, now + lease_duration, mark_, dropped_};
    }
    return read;
  }

  bool store(std::string_view token, std::string_view body, milliseconds ttl, bool stale,
             Clock::time_point now) {
    if (token.empty() || token != lease_.token || now >= lease_.until) return false;
    body_ = std::string(body);
    started_ = lease_.start;
    expires_ = now + ttl;
    body_mark_ = lease_.mark;
    stale_ = stale || lease_.dropped != dropped_;
    lease_ = {};
    return true;
  }

  void release(std::string_view token) {
    if (token == lease_.token) lease_ = {};
  }

  void mark_dirty(bool drop_body) {
    ++mark_;
    if (!drop_body) return;
    ++dropped_;
    body_.reset();
  }

 private:
  struct Lease {
    std::string token;
    Clock::time_point start, until;
    std::uint64_t mark = 0, dropped = 0;
  };

  std::optional<std::string> body_;
  Clock::time_point started_, expires_;
  std::uint64_t body_mark_ = 0;
  bool stale_ = false;
  std::uint64_t mark_ = 0, dropped_ = 0;
  Lease lease_;
};

class MemoryCache : public Cache {
 public:
  explicit MemoryCache(const MemoryOptions& options) : entries_(options) {}

  std::optional<std::string> get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    auto found = entries_.get(key, Clock::now());
    (found ? metrics_.hit : metrics_.miss).add();
    return found;
  }

  void put(std::string_view key, std::string_view value, milliseconds ttl) override {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
    if (value.size() > max_value_bytes || ttl.count() <= 0) return;
    entries_.put(key, value, Clock::now() + ttl);
  }

  void erase(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
  }

  // Entries are not kept here: other processes could not invalidate them.
  EntryLookup read_entry(std::string_view, char, milliseconds) override { return {}; }
  bool store_entry(std::string_view, char, std::string_view, std::string_view, EntryTtls) override {
    return false;
  }
  void invalidate(std::span<const std::string>) override {}

  RankingLookup read_ranking(std::string_view key, std::string_view, milliseconds window,
                             milliseconds lease_duration) override {
    const std::lock_guard lock(mutex_);
    auto read = ranking(key).lookup(window, lease_duration, Clock::now());
    metrics_.counter_for(read.state).add();
    return read;
  }

  bool store_ranking(std::string_view key, std::string_view, std::string_view token,
                     std::string_view body, milliseconds ttl, bool stale) override {
    const std::lock_guard lock(mutex_);
    if (body.size() <= max_value_bytes && ttl.count() > 0) {
      return ranking(key).store(token, body, ttl, stale, Clock::now());
    }
    ranking(key).release(token);
    return false;
  }

  void release_ranking_lease(std::string_view key, std::string_view,
                             std::string_view token) override {
    const std::lock_guard lock(mutex_);
    ranking(key).release(token);
  }

  void mark_dirty(std::string_view key, bool drop_body) override {
    const std::lock_guard lock(mutex_);
    ranking(key).mark_dirty(drop_body);
  }

  std::vector<std::string> scan_keys(std::string_view, std::size_t) override { return {}; }
  std::optional<StoredValue> peek(std::string_view) override { return std::nullopt; }

  bool is_shared() const override { return false; }
  bool is_available() override { return true; }
  std::map<std::string, std::string> server_settings() override { return {}; }

 private:
  RankingEntry& ranking(std::string_view key) {
    const auto found = rankings_.find(key);
    return found != rankings_.end() ? found->second : rankings_[std::string(key)];
  }

  std::mutex mutex_;
  LruCache entries_;
  std::map<std::string, RankingEntry, std::less<>>
      rankings_;  // few: clients do not choose the keys
  CacheMetrics metrics_{"memory"};
};

}  // namespace

std::unique_ptr<Cache> make_memory_cache(MemoryOptions options) {
  return std::make_unique<MemoryCache>(options);
}

}  // namespace feedctl::cache
