#include "cache/redis_cache.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "base/encoding.hpp"
#include "cache/cache_metrics.hpp"
#include "cache/entry_scripts.hpp"
#include "cache/pending_invalidations.hpp"
#include "cache/ranking_scripts.hpp"
#include "redis/connection_pool.hpp"

namespace feedctl::cache {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds;

constexpr std::string_view epoch_key = "feedctl:epoch";

enum Script : std::size_t {
  read_ranking_script,
  store_ranking_script,
  release_ranking_script,
  mark_dirty_script,
  read_entry_script,
  store_entry_script,
  release_entry_script,
  peek_script,
};

redis::Scripts all_scripts() {
  using namespace scripts;
  return {read_ranking_text, store_ranking_text, release_ranking_text, mark_dirty_text,
          read_entry_text,   store_entry_text,   release_entry_text,   peek_text};
}

EntryTtls jittered(const EntryTtls& times) {
  thread_local std::mt19937 random{std::random_device{}()};
  const auto percent = std::uniform_int_distribution<int>(85, 115)(random);
  return {times.soft_ttl * percent / 100, times.hard_ttl * percent / 100};
}

std::string random_token() {
  return base64url(random_bytes(12));
}

RankingLookup::State parse_state(const std::string& name) {
  if (name == "fresh") return RankingLookup::State::fresh;
  return name == "lease" ? RankingLookup::State::compute : RankingLookup::State::pending;
}

class RedisCache : public Cache {
 public:
  explicit RedisCache(const redis::PoolOptions& options)
      : pool_(options, all_scripts()), prefix_(options.prefix) {}

  std::optional<std::string> get(std::string_view key) override {
    std::optional<std::string> found;
    const PrefixedKey name(prefix_, key);
    const bool reached = run([&](redis::Connection& redis) {
      auto reply = redis.command({"GET", name});
      if (!reply.is_nil) found = std::move(reply.text);
    });
    if (!reached)
      metrics_.unavailable.add();
    else
      (found ? metrics_.hit : metrics_.miss).add();
    return found;
  }

  void put(std::string_view key, std::string_view value, milliseconds ttl) override {
    if (value.size() > max_value_bytes || ttl.count() <= 0) return erase(key);
    const auto time = std::to_string(ttl.count());
    const PrefixedKey name(prefix_, key);
    run([&](redis::Connection& redis) { redis.command({"SET", name, value, "PX", time}); });
  }

  void erase(std::string_view key) override {
    const PrefixedKey name(prefix_, key);
    if (!run([&](redis::Connection& redis) { redis.command({"DEL", name}); })) {
      pending_invalidations_.add(key, Invalidation::erase);
    }
  }

  EntryLookup read_entry(std::string_view key, char version, milliseconds lease_duration) override {
    EntryLookup read;
    const auto lease_ms = std::to_string(lease_duration.count());
    const auto random = random_token();
    run([&](redis::Connection& redis) {
      auto reply = redis.eval(read_entry_script, {key, epoch_key},
                              {random, lease_ms, {&version, 1}, redis.run_id()});
      if (reply.elements.size() != 4) throw redis::ReplyError("unexpected reply to a script");
      read.state = parse_state(reply.elements[0].text);
      if (reply.elements[1].text == "1") read.body = std::move(reply.elements[2].text);
      read.token = std::move(reply.elements[3].text);
    });
    metrics_.counter_for(read.state).add();
    return read;
  }

  bool store_entry(std::string_view key, char version, std::string_view token,
                   std::string_view body, EntryTtls times) override {
    times = jittered(times);
    if (body.size() > max_value_bytes || times.hard_ttl.count() <= 0) {
      release_entry_lease(key, token);
      return false;
    }
    bool stored = false;
    const auto soft = std::to_string(times.soft_ttl.count()),
               hard = std::to_string(times.hard_ttl.count());
    run([&](redis::Connection& redis) {
      const auto reply = redis.eval(store_entry_script, {key},
                                    {token, redis.run_id(), {&version, 1}, soft, hard, body});
      stored = reply.integer == 1;
    });
    return stored;
  }

  void invalidate(std::span<const std::string> keys) override {
    constexpr std::size_t at_once = 1000;
    for (; !keys.empty(); keys = keys.subspan(std::min(at_once, keys.size()))) {
      const auto some = keys.first(std::min(at_once, keys.size()));
      if (run([&](redis::Connection& redis) { unlink(redis, some); })) continue;
      for (const auto& key : some) pending_invalidations_.add(key, Invalidation::erase);
    }
  }

  RankingLookup read_ranking(std::string_view key, std::string_view lock_key, milliseconds window,
                             milliseconds lease_duration) override {
    RankingLookup read;
    const RankingKeys keys(key, lock_key);
    const auto window_us = std::to_string(microseconds(window).count());
    const auto lease_ms = std::to_string(lease_duration.count());
    const auto random = random_token();
    track_ranking(key);
    run([&](redis::Connection& redis) {
      auto reply = redis.eval(read_ranking_script, keys,
                              {random, window_us, lease_ms, redis.installation()});
      if (reply.elements.size() != 4) throw redis::ReplyError("unexpected reply to a script");
      read.state = parse_state(reply.elements[0].text);
      read.body = std::move(reply.elements[1].text);
      read.token = std::move(reply.elements[2].text);
      read.age = milliseconds(reply.elements[3].integer);
    });
    metrics_.counter_for(read.state).add();
    return read;
  }

  bool store_ranking(std::string_view key, std::string_view lock_key, std::string_view token,
                     std::string_view body, milliseconds ttl, bool stale) override {
    if (body.size() > max_value_bytes || ttl.count() <= 0) {
      release_ranking_lease(key, lock_key, token);
      return false;
    }
    bool stored = false;
    const RankingKeys keys(key, lock_key);
    const auto ttl_ms = std::to_string(ttl.count());
    run([&](redis::Connection& redis) {
      const auto reply = redis.eval(store_ranking_script, keys,
                                    {token, body, ttl_ms, stale ? "1" : "0", redis.installation()});
      stored = reply.integer == 1;
    });
    return stored;
  }

  void release_ranking_lease(std::string_view key, std::string_view lock_key,
                             std::string_view token) override {
    const RankingKeys keys(key, lock_key);
    run([&](redis::Connection& redis) { redis.eval(release_ranking_script, keys, {token}); });
  }

  void mark_dirty(std::string_view key, bool drop_body) override {
    track_ranking(key);
    if (!run([&](redis::Connection& redis) { send_dirty_mark(redis, key, drop_body); })) {
      pending_invalidations_.add(key,
                                 drop_body ? Invalidation::drop_body : Invalidation::mark_dirty);
    }
  }

  std::vector<std::string> scan_keys(std::string_view pattern, std::size_t max_keys) override {
    std::set<std::string> keys;  // a scan may name a key twice
    std::string cursor = "0";
    const PrefixedKey matching(prefix_, pattern);
    do {
      const bool reached = run([&](redis::Connection& redis) {
        const auto reply = redis.command({"SCAN", cursor, "MATCH", matching, "COUNT", "1000"});
        if (reply.elements.size() != 2) throw redis::ReplyError("unexpected reply to SCAN");
        for (const auto& key : reply.elements[1].elements)
          keys.insert(key.text.substr(prefix_.size()));
        cursor = reply.elements[0].text;
      });
      if (!reached) break;
    } while (cursor != "0" && keys.size() < max_keys);
    std::vector<std::string> some(keys.begin(), keys.end());
    some.resize(std::min(some.size(), max_keys));
    return some;
  }

  std::optional<StoredValue> peek(std::string_view key) override {
    std::optional<StoredValue> kept;
    run([&](redis::Connection& redis) {
      auto reply = redis.eval(peek_script, {key}, {});
      if (reply.elements.size() != 2) return;
      kept = StoredValue{std::move(reply.elements[0].text), std::nullopt};
      if (const auto left = reply.elements[1].integer; left >= 0)
        kept->remaining_ttl = milliseconds(left);
    });
    return kept;
  }

  bool is_shared() const override { return true; }

  bool is_available() override {
    return pool_.run([](redis::Connection& redis) { redis.probe(); }, true);
  }
  redis::FailureInfo last_failure() const override { return pool_.last_failure(); }
  void set_installation(const std::string& installation) override {
    pool_.set_installation(installation);
  }

  std::map<std::string, std::string> server_settings() override {
    std::map<std::string, std::string> settings;
    pool_.run(
        [&](redis::Connection& redis) {
          const auto info = redis.command({"INFO"}).text;
          settings["redis_version"] = redis::info_value(info, "redis_version");
          settings["run_id"] = redis::info_value(info, "run_id");
          settings["used_memory"] = redis::info_value(info, "used_memory");
          settings["maxmemory"] = redis::info_value(info, "maxmemory");
          settings["maxmemory-policy"] = redis::info_value(info, "maxmemory_policy");
          settings["appendonly"] = redis::info_value(info, "aof_enabled") == "1" ? "yes" : "no";
          const auto fsync = redis.command({"CONFIG", "GET", "appendfsync"}).elements;
          if (fsync.size() == 2) settings["appendfsync"] = fsync[1].text;
        },
        true);
    return settings;
  }

 private:
  void release_entry_lease(std::string_view key, std::string_view token) {
    run([&](redis::Connection& redis) { redis.eval(release_entry_script, {key}, {token}); });
  }

  // A key with the installation's prefix; no copy if there is none.
  class PrefixedKey {
   public:
    PrefixedKey(const std::string& prefix, std::string_view key)
        : buffer_(prefix.empty() ? "" : prefix + std::string(key)),
          view_(buffer_.empty() ? key : buffer_) {}
    PrefixedKey(const PrefixedKey&) = delete;
    PrefixedKey& operator=(const PrefixedKey&) = delete;
    operator std::string_view() const { return view_; }

   private:
    const std::string buffer_;
    const std::string_view view_;
  };

  template <typename Keys>
  void unlink(redis::Connection& redis, const Keys& keys) const {
    std::vector<std::string> names;
    redis::Connection::Arguments words{"UNLINK"};
    if (prefix_.empty()) {
      words.insert(words.end(), keys.begin(), keys.end());
    } else {
      for (const auto& key : keys) names.push_back(prefix_ + std::string(key));
      words.insert(words.end(), names.begin(), names.end());
    }
    redis.command(words);
  }

  // The four keys of a ranking.
  class RankingKeys {
   public:
    RankingKeys(std::string_view key, std::string_view lock_key)
        : key_(key), lock_key_(lock_key), dirty_(key_ + ":dirty"), dropped_(key_ + ":dropped") {}
    operator redis::Connection::Arguments() const { return {key_, lock_key_, dirty_, dropped_}; }

   private:
    std::string key_, lock_key_, dirty_, dropped_;
  };

  bool run(const redis::ConnectionPool::Operation& work) {
    return pool_.run([&](redis::Connection& redis) {
      invalidate_on_restart(redis);
      flush_pending(redis);
      work(redis);
    });
  }

  static void send_dirty_mark(redis::Connection& redis, std::string_view key, bool drop_body) {
    const auto random = random_token();
    redis.eval(mark_dirty_script, RankingKeys(key, ""), {random, drop_body ? "1" : "0"});
  }

  // Concurrent callers wait: they would read a body whose invalidation is pending as current.
  void flush_pending(redis::Connection& redis) {
    if (pending_invalidations_.empty()) return;
    const std::unique_lock turn(flush_mutex_, std::chrono::milliseconds{50});
    if (!turn) throw redis::ReplyError("pending invalidations are being sent");
    if (pending_invalidations_.empty()) return;
    const auto invalidations = pending_invalidations_.take_all();
    try {
      redis::Connection::Arguments erased;
      for (const auto& [key, invalidation] : invalidations) {
        if (invalidation == Invalidation::erase)
          erased.push_back(key);
        else
          send_dirty_mark(redis, key, invalidation == Invalidation::drop_body);
      }
      if (!erased.empty()) unlink(redis, erased);
    } catch (...) {
      for (const auto& [key, invalidation] : invalidations)
        pending_invalidations_.add(key, invalidation);
      throw;
    }
    pending_invalidations_.on_flushed();
  }

  // A restarted server may hold an older body and an older mark. A server that the address led to
  // before does not know the invalidations since then.
  void invalidate_on_restart(const redis::Connection& redis) {
    const std::lock_guard lock(mutex_);
    if (redis.run_id() == run_id_) return;
    if (!run_id_.empty()) {
      pending_invalidations_.add(epoch_key, Invalidation::erase);
      for (const auto& key : ranking_keys_)
        pending_invalidations_.add(key, Invalidation::mark_dirty);
    }
    run_id_ = redis.run_id();
  }

  void track_ranking(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (ranking_keys_.find(key) == ranking_keys_.end()) ranking_keys_.emplace(key);
  }

  redis::ConnectionPool pool_;
  const std::string prefix_;
  CacheMetrics metrics_{"redis"};
  PendingInvalidations pending_invalidations_{epoch_key};
  std::timed_mutex flush_mutex_;
  std::mutex mutex_;
  std::string run_id_;
  std::set<std::string, std::less<>> ranking_keys_;
};

}  // namespace

std::unique_ptr<Cache> make_redis_cache(redis::PoolOptions options) {
  return std::make_unique<RedisCache>(options);
}

}  // namespace feedctl::cache
