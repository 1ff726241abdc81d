#include <chrono>
#include <cstdlib>

#include "base/cursor.hpp"
#include "cache/cache.hpp"
#include "config/values.hpp"
#include "feedctl/doctor/findings.hpp"

namespace feedctl::cli::checks {

namespace {

constexpr int oldest_tested = 6;

// A PING says nothing of that: Redis answers it while it refuses every write.
void check_writes(Findings& findings, cache::Cache& cache) {
  const auto key = "feedctl:doctor:" + base64url(random_bytes(9));
  cache.put(key, "1", std::chrono::seconds{10});
  const bool written = cache.get(key) == "1";
  cache.erase(key);
  if (written) {
    findings.push_back({"redis_writes", Level::ok, "Redis takes writes (tried, and taken back)"});
    return;
  }
  findings.push_back({"redis_writes", Level::error,
                      "Redis answers, and takes no writes; everything works without them, only "
                      "slower",
                      "see INFO memory, persistence and replication: raise maxmemory, make room on "
                      "its disk, or point redis.url at the primary"});
}

}  // namespace

void check_redis(Findings& findings, cache::Cache& cache, const config::RedisConfig& config) {
  if (config.url.empty()) {
    findings.push_back(
        {"redis", Level::ok, "not configured: each process keeps its cache in its own memory"});
    return;
  }
  const auto url = config::redact_url(config.url.reveal());
  if (!cache.available()) {
    const auto trouble = cache.trouble();
    findings.push_back(
        {"redis", Level::error,
         url + (trouble.answers ? " cannot be used: " + trouble.why : " does not answer") +
             "; everything works without it, only slower",
         !trouble.remedy.empty() ? trouble.remedy
         : trouble.answers       ? "look at that Redis, or unset redis.url"
                                 : "start Redis, or unset redis.url"});
    return;
  }
  const auto settings = cache.server_settings();
  const auto setting = [&](const char* name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second;
  };
  const auto version = setting("redis_version");
  Finding server{"redis", Level::ok, "Redis " + version + " at " + url};
  if (!version.empty() && std::atoi(version.c_str()) < oldest_tested) {
    server.level = Level::warning;
    server.text += ": older than what is tested";
    server.fix = "use Redis 7";
  }
  findings.push_back(std::move(server));
  check_writes(findings, cache);

  const auto policy = setting("maxmemory-policy");
  if (policy.empty()) {
    findings.push_back({"redis_policy", Level::warning,
                        "CONFIG is not allowed here, so its settings are unknown"});
    return;
  }
  Finding eviction{"redis_policy", Level::ok, "maxmemory-policy " + policy};
  if (policy != "noeviction") {
    eviction.level = Level::warning;
    eviction.text += ": marks and leases may be evicted, and a like may show late";
    eviction.fix = "redis-cli CONFIG SET maxmemory-policy noeviction";
  }
  findings.push_back(std::move(eviction));
  const auto appendonly = setting("appendonly");
  findings.push_back({"redis_aof", Level::ok,
                      "appendonly " + appendonly +
                          (appendonly == "yes" ? ", appendfsync " + setting("appendfsync") : "") +
                          "; nothing is kept in Redis alone"});
}

}  // namespace feedctl::cli::checks
