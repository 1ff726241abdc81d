#include "operations/redis_usage.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/error.hpp"
#include "redis/connection.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::operations {

namespace {

using Clock = std::chrono::steady_clock;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}
bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

struct Sample {
  std::map<std::string, KeyFamily, std::less<>> families;
  std::int64_t keys = 0;
  bool is_complete = false;
};

void add_key(Sample& sample, redis::Connection& redis, const std::string& prefix,
             const std::string& key) {
  const auto usage = redis.command({"MEMORY", "USAGE", key});
  if (usage.is_nil) return;  // it has expired since
  const bool is_ours = starts_with(key, prefix);
  const std::string family(is_ours ? redis_key_family(std::string_view(key).substr(prefix.size()))
                                   : "other");
  auto& sum = sample.families[family];
  sum.name = family;
  ++sum.sampled;
  sum.bytes += usage.integer;
  ++sample.keys;
}

Sample sample_keys(redis::Connection& redis, const RedisUsageOptions& options) {
  const auto end = Clock::now() + options.max_time;
  Sample sample;
  std::string cursor = "0";
  for (;;) {
    const auto slice = redis.command({"SCAN", cursor, "COUNT", "500"});
    if (slice.elements.size() != 2) throw redis::ReplyError("SCAN gave no cursor");
    for (const auto& key : slice.elements[1].elements) {
      const bool is_full = sample.keys >= static_cast<std::int64_t>(options.max_keys);
      if (is_full || Clock::now() >= end) return sample;
      add_key(sample, redis, options.prefix, key.text);
    }
    cursor = slice.elements[0].text;
    if (cursor == "0") break;
  }
  sample.is_complete = true;
  return sample;
}

// What the sample says of all keys.
void extrapolate(RedisUsage& usage, Sample sample) {
  usage.sampled = sample.keys;
  usage.is_complete = sample.is_complete;
  const double factor = sample.is_complete || sample.keys == 0
                            ? 1
                            : static_cast<double>(usage.keys) / static_cast<double>(sample.keys);
  const auto scaled = [&](std::int64_t count) {
    return static_cast<std::int64_t>(static_cast<double>(count) * factor);
  };
  for (auto& [name, family] : sample.families) {
    family.keys = scaled(family.sampled);
    family.bytes = scaled(family.bytes);
    usage.families.push_back(std::move(family));
  }
  std::stable_sort(usage.families.begin(), usage.families.end(),
                   [](const KeyFamily& a, const KeyFamily& b) { return a.bytes > b.bytes; });
}

void measure(RedisUsage& usage, const RedisUsageOptions& options) {
  redis::Connection redis(redis::parse_url(options.url), options.timeout, {}, {options.prefix, ""});
  const auto number = [&](redis::Connection::Arguments words) {
    return redis.command(words).integer;
  };
  usage.keys = number({"DBSIZE"});
  const auto memory = redis.command({"INFO", "memory"});
  usage.used_memory =
      std::strtoll(redis::info_value(memory.text, "used_memory").c_str(), nullptr, 10);
  const auto pending = options.prefix + std::string(views::keys::pending);
  const auto batches = options.prefix + std::string(views::keys::batches);
  usage.views_pending =
      number({"LLEN", pending}) / static_cast<std::int64_t>(views::keys::fields_per_view);
  usage.view_batches = number({"ZCARD", batches});
  extrapolate(usage, sample_keys(redis, options));
}

}  // namespace

std::string_view redis_key_family(std::string_view key) {
  if (starts_with(key, "feed:")) return "home_feed";
  if (starts_with(key, "user:") && ends_with(key, ":posts")) return "author_posts";
  if (starts_with(key, "post:") && ends_with(key, ":views")) return "viewers";
  if (starts_with(key, "post:") && ends_with(key, ":total")) return "view_totals";
  if (starts_with(key, "views:dedup:")) return "impression_batches";
  if (starts_with(key, "views:")) return "view_flush";
  if (starts_with(key, "hotfeed:")) return "hot_feed";
  if (starts_with(key, "feedctl:events:")) return "event_streams";
  if (starts_with(key, "rate:")) return "rate_limits";
  if (starts_with(key, "feedctl:")) return "internal";
  return "other";
}

RedisUsage measure_redis(const RedisUsageOptions& options) {
  RedisUsage usage;
  usage.is_configured = !options.url.empty();
  if (!usage.is_configured) return usage;
  try {
    measure(usage, options);
  } catch (const std::runtime_error& error) {
    usage.unavailable_because = error.what();
  }
  return usage;
}

}  // namespace feedctl::operations
