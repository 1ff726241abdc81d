#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "base/cursor.hpp"
#include "cache/cache.hpp"
#include "cache/entry_scripts.hpp"
#include "cache/owed.hpp"
#include "cache/ranking_scripts.hpp"
#include "cache/redis_pool.hpp"
#include "cache/requests.hpp"

namespace feedctl::cache {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds;

constexpr std::string_view epoch_key = "feedctl:epoch";

enum Script : std::size_t {
  read_ranking_script,
  fill_ranking_script,
  release_ranking_script,
  mark_dirty_script,
  read_entry_script,
  fill_entry_script,
  release_entry_script,
  look_script,
};

RedisScripts all_scripts() {
  using namespace scripts;
  return {read_ranking_text, fill_ranking_text, release_ranking_text, mark_dirty_text,
          read_entry_text,   fill_entry_text,   release_entry_text,   look_text};
}

EntryTimes spread(const EntryTimes& times) {
  thread_local std::mt19937 random{std::random_device{}()};
  const auto percent = std::uniform_int_distribution<int>(85, 115)(random);
  return {times.soft * percent / 100, times.hard * percent / 100};
}

std::string random_token() {
  return base64url(random_bytes(12));
}

RankingRead::State state_of(const std::string& name) {
  if (name == "fresh") return RankingRead::State::fresh;
  return name == "lease" ? RankingRead::State::lease : RankingRead::State::wait;
}

class RedisCache : public Cache {
 public:
  explicit RedisCache(const RedisOptions& options)
      : pool_(options, all_scripts()), prefix_(options.prefix) {}

  std::optional<std::string> get(std::string_view key) override {
    std::optional<std::string> found;
    const Name name(prefix_, key);
    const bool reached = run([&](RedisConnection& redis) {
      auto reply = redis.command({"GET", name});
      if (!reply.nil) found = std::move(reply.text);
    });
    if (!reached)
      requests_.down.add();
    else
      (found ? requests_.hit : requests_.miss).add();
    return found;
  }

  void put(std::string_view key, std::string_view value, milliseconds ttl) override {
    if (value.size() > max_value_bytes || ttl.count() <= 0) return erase(key);
    const auto time = std::to_string(ttl.count());
    const Name name(prefix_, key);
    run([&](RedisConnection& redis) { redis.command({"SET", name, value, "PX", time}); });
  }

  void erase(std::string_view key) override {
    const Name name(prefix_, key);
    if (!run([&](RedisConnection& redis) { redis.command({"DEL", name}); })) {
      owed_.add(key, Debt::erase);
    }
  }

  EntryRead read_entry(std::string_view key, char version, milliseconds lease) override {
    EntryRead read;
    const auto lease_ms = std::to_string(lease.count());
    const auto random = random_token();
    run([&](RedisConnection& redis) {
      auto reply = redis.eval(read_entry_script, {key, epoch_key},
                              {random, lease_ms, {&version, 1}, redis.run_id()});
      if (reply.elements.size() != 4) throw RedisRefused("an unexpected answer to a script");
      read.state = state_of(reply.elements[0].text);
      if (reply.elements[1].text == "1") read.body = std::move(reply.elements[2].text);
      read.token = std::move(reply.elements[3].text);
    });
    requests_.of(read.state).add();
    return read;
  }

  bool fill_entry(std::string_view key, char version, std::string_view token, std::string_view body,
                  EntryTimes times) override {
    times = spread(times);
    if (body.size() > max_value_bytes || times.hard.count() <= 0) {
      release_entry(key, token);
      return false;
    }
    bool stored = false;
    const auto soft = std::to_string(times.soft.count()), hard = std::to_string(times.hard.count());
    run([&](RedisConnection& redis) {
      const auto reply = redis.eval(fill_entry_script, {key},
                                    {token, redis.run_id(), {&version, 1}, soft, hard, body});
      stored = reply.integer == 1;
    });
    return stored;
  }

  void release_entry(std::string_view key, std::string_view token) override {
    run([&](RedisConnection& redis) { redis.eval(release_entry_script, {key}, {token}); });
  }

  void invalidate(std::span<const std::string> keys) override {
    constexpr std::size_t at_once = 1000;
    for (; !keys.empty(); keys = keys.subspan(std::min(at_once, keys.size()))) {
      const auto some = keys.first(std::min(at_once, keys.size()));
      if (run([&](RedisConnection& redis) { unlink(redis, some); })) continue;
      for (const auto& key : some) owed_.add(key, Debt::erase);
    }
  }

  RankingRead read_ranking(std::string_view key, std::string_view lock_key, milliseconds window,
                           milliseconds lease) override {
    RankingRead read;
    const Keys keys(key, lock_key);
    const auto window_us = std::to_string(microseconds(window).count());
    const auto lease_ms = std::to_string(lease.count());
    const auto random = random_token();
    remember(key);
    run([&](RedisConnection& redis) {
      auto reply = redis.eval(read_ranking_script, keys,
                              {random, window_us, lease_ms, redis.installation()});
      if (reply.elements.size() != 4) throw RedisRefused("an unexpected answer to a script");
      read.state = state_of(reply.elements[0].text);
      read.body = std::move(reply.elements[1].text);
      read.token = std::move(reply.elements[2].text);
      read.age = milliseconds(reply.elements[3].integer);
    });
    requests_.of(read.state).add();
    return read;
  }

  bool fill_ranking(std::string_view key, std::string_view lock_key, std::string_view token,
                    std::string_view body, milliseconds ttl, bool stale) override {
    if (body.size() > max_value_bytes || ttl.count() <= 0) {
      release_ranking(key, lock_key, token);
      return false;
    }
    bool stored = false;
    const Keys keys(key, lock_key);
    const auto ttl_ms = std::to_string(ttl.count());
    run([&](RedisConnection& redis) {
      const auto reply = redis.eval(fill_ranking_script, keys,
                                    {token, body, ttl_ms, stale ? "1" : "0", redis.installation()});
      stored = reply.integer == 1;
    });
    return stored;
  }

  void release_ranking(std::string_view key, std::string_view lock_key,
                       std::string_view token) override {
    const Keys keys(key, lock_key);
    run([&](RedisConnection& redis) { redis.eval(release_ranking_script, keys, {token}); });
  }

  void mark_dirty(std::string_view key, bool drop_body) override {
    remember(key);
    if (!run([&](RedisConnection& redis) { send_mark(redis, key, drop_body); })) {
      owed_.add(key, drop_body ? Debt::drop : Debt::mark);
    }
  }

  std::vector<std::string> some_keys(std::string_view pattern, std::size_t most) override {
    std::set<std::string> keys;  // a scan may name a key twice
    std::string cursor = "0";
    const Name matching(prefix_, pattern);
    do {
      const bool reached = run([&](RedisConnection& redis) {
        const auto reply = redis.command({"SCAN", cursor, "MATCH", matching, "COUNT", "1000"});
        if (reply.elements.size() != 2) throw RedisRefused("an unexpected answer to SCAN");
        for (const auto& key : reply.elements[1].elements)
          keys.insert(key.text.substr(prefix_.size()));
        cursor = reply.elements[0].text;
      });
      if (!reached) break;
    } while (cursor != "0" && keys.size() < most);
    std::vector<std::string> some(keys.begin(), keys.end());
    some.resize(std::min(some.size(), most));
    return some;
  }

  std::optional<Kept> look(std::string_view key) override {
    std::optional<Kept> kept;
    run([&](RedisConnection& redis) {
      auto reply = redis.eval(look_script, {key}, {});
      if (reply.elements.size() != 2) return;
      kept = Kept{std::move(reply.elements[0].text), std::nullopt};
      if (const auto left = reply.elements[1].integer; left >= 0) kept->left = milliseconds(left);
    });
    return kept;
  }

  bool shared() const override { return true; }

  bool available() override {
    return pool_.run([](RedisConnection& redis) { redis.probe(); }, true);
  }
  Trouble trouble() const override { return pool_.trouble(); }
  void adopt(const std::string& installation) override { pool_.adopt(installation); }

  std::map<std::string, std::string> server_settings() override {
    std::map<std::string, std::string> settings;
    pool_.run(
        [&](RedisConnection& redis) {
          const auto info = redis.command({"INFO"}).text;
          settings["redis_version"] = info_value(info, "redis_version");
          settings["run_id"] = info_value(info, "run_id");
          settings["maxmemory-policy"] = info_value(info, "maxmemory_policy");
          settings["appendonly"] = info_value(info, "aof_enabled") == "1" ? "yes" : "no";
          const auto fsync = redis.command({"CONFIG", "GET", "appendfsync"}).elements;
          if (fsync.size() == 2) settings["appendfsync"] = fsync[1].text;
        },
        true);
    return settings;
  }

 private:
  // A key as this installation writes it; no copy where there is no prefix.
  class Name {
   public:
    Name(const std::string& prefix, std::string_view key)
        : made_(prefix.empty() ? "" : prefix + std::string(key)),
          view_(made_.empty() ? key : made_) {}
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;
    operator std::string_view() const { return view_; }

   private:
    const std::string made_;
    const std::string_view view_;
  };

  template <typename Keys>
  void unlink(RedisConnection& redis, const Keys& keys) const {
    std::vector<std::string> names;
    RedisConnection::Arguments words{"UNLINK"};
    if (prefix_.empty()) {
      words.insert(words.end(), keys.begin(), keys.end());
    } else {
      for (const auto& key : keys) names.push_back(prefix_ + std::string(key));
      words.insert(words.end(), names.begin(), names.end());
    }
    redis.command(words);
  }

  // The four keys of a ranking.
  class Keys {
   public:
    Keys(std::string_view key, std::string_view lock_key)
        : key_(key), lock_key_(lock_key), dirty_(key_ + ":dirty"), dropped_(key_ + ":dropped") {}
    operator RedisConnection::Arguments() const { return {key_, lock_key_, dirty_, dropped_}; }

   private:
    std::string key_, lock_key_, dirty_, dropped_;
  };

  bool run(const RedisPool::Work& work) {
    return pool_.run([&](RedisConnection& redis) {
      distrust_another_run(redis);
      pay_owed(redis);
      work(redis);
    });
  }

  static void send_mark(RedisConnection& redis, std::string_view key, bool drop_body) {
    const auto random = random_token();
    redis.eval(mark_dirty_script, Keys(key, ""), {random, drop_body ? "1" : "0"});
  }

  // Whoever comes meanwhile waits, or would read what is owed as current: for some round trips.
  void pay_owed(RedisConnection& redis) {
    if (owed_.empty()) return;
    const std::unique_lock turn(paying_, std::chrono::milliseconds{50});
    if (!turn) throw RedisRefused("what it could not be told is still being told");
    if (owed_.empty()) return;
    const auto debts = owed_.take();
    try {
      RedisConnection::Arguments erased;
      for (const auto& [key, debt] : debts) {
        if (debt == Debt::erase)
          erased.push_back(key);
        else
          send_mark(redis, key, debt == Debt::drop);
      }
      if (!erased.empty()) unlink(redis, erased);
    } catch (...) {
      for (const auto& [key, debt] : debts) owed_.add(key, debt);
      throw;
    }
    owed_.paid();
  }

  // A server that was started again may have gone back to an older body and an older mark; one that
  // the address has led to before does not know what was invalidated meanwhile.
  void distrust_another_run(const RedisConnection& redis) {
    const std::lock_guard lock(mutex_);
    if (redis.run_id() == run_id_) return;
    if (!run_id_.empty()) {
      owed_.add(epoch_key, Debt::erase);
      for (const auto& key : rankings_) owed_.add(key, Debt::mark);
    }
    run_id_ = redis.run_id();
  }

  void remember(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (rankings_.find(key) == rankings_.end()) rankings_.emplace(key);
  }

  RedisPool pool_;
  const std::string prefix_;
  Requests requests_{"redis"};
  Owed owed_{epoch_key};
  std::timed_mutex paying_;
  std::mutex mutex_;
  std::string run_id_;
  std::set<std::string, std::less<>> rankings_;
};

}  // namespace

std::unique_ptr<Cache> make_redis_cache(RedisOptions options) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<RedisCache>(options);
}

}  // namespace feedctl::cache
