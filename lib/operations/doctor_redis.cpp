#include "operations/doctor_redis.hpp"

#include <chrono>
#include <cstdlib>

#include "base/encoding.hpp"
#include "cache/cache.hpp"
#include "config/units.hpp"

namespace feedctl::operations {

namespace {

constexpr int min_tested_redis = 6;

// PING is no proof: Redis answers it while it refuses every write.
void check_redis_writes(Findings& findings, cache::Cache& cache) {
  const auto key = "feedctl:doctor:" + base64url(random_bytes(9));
  cache.put(key, "1", std::chrono::seconds{10});
  const bool written = cache.get(key) == "1";
  cache.erase(key);
  if (written) {
    findings.push_back(
        {"redis_writes", Severity::ok, "Redis takes writes (tried, and taken back)"});
    return;
  }
  findings.push_back({"redis_writes", Severity::error,
                      "Redis answers, and takes no writes; everything works without them, only "
                      "slower",
                      "see INFO memory, persistence and replication: raise maxmemory, make room on "
                      "its disk, or point redis.url at the primary"});
}

// Without a limit (0) the machine's memory is the limit.
void add_redis_memory(Findings& findings, const std::string& used_text,
                      const std::string& max_text) {
  constexpr double max_share = 0.9;  // that of the alert FeedctlRedisMemory
  const double used = std::strtod(used_text.c_str(), nullptr);
  const double max = std::strtod(max_text.c_str(), nullptr);
  if (used_text.empty()) return;
  const auto mebibytes = [](double bytes) {
    return std::to_string(static_cast<std::int64_t>(bytes / (1024 * 1024))) + " MiB";
  };
  Finding finding{"redis_memory", Severity::ok, mebibytes(used) + " used", "", used};
  finding.text += max > 0 ? " of maxmemory " + mebibytes(max) : "; maxmemory is not set";
  if (max > 0 && used > max_share * max) {
    finding.severity = Severity::warning;
    finding.fix = "redis-cli CONFIG SET maxmemory " +
                  std::to_string(static_cast<std::int64_t>(2 * max)) +
                  ", and the same in redis.conf; feedctl stats says what takes it";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void check_redis(Findings& findings, cache::Cache& cache, const config::RedisConfig& config) {
  if (config.url.empty()) {
    findings.push_back(
        {"redis", Severity::ok, "not configured: each process keeps its cache in its own memory"});
    return;
  }
  const auto url = config::redact_url(config.url.reveal());
  if (!cache.is_available()) {
    const auto trouble = cache.last_failure();
    findings.push_back(
        {"redis", Severity::error,
         url + (trouble.is_reachable ? " cannot be used: " + trouble.reason : " does not answer") +
             "; everything works without it, only slower",
         !trouble.remedy.empty() ? trouble.remedy
         : trouble.is_reachable  ? "look at that Redis, or unset redis.url"
                                 : "start Redis, or unset redis.url"});
    return;
  }
  const auto settings = cache.server_settings();
  const auto setting = [&](const char* name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second;
  };
  const auto version = setting("redis_version");
  Finding server{"redis", Severity::ok, "Redis " + version + " at " + url};
  if (!version.empty() && std::atoi(version.c_str()) < min_tested_redis) {
    server.severity = Severity::warning;
    server.text += ": older than what is tested";
    server.fix = "use Redis 7";
  }
  findings.push_back(std::move(server));
  check_redis_writes(findings, cache);
  add_redis_memory(findings, setting("used_memory"), setting("maxmemory"));

  const auto policy = setting("maxmemory-policy");
  if (policy.empty()) {
    findings.push_back({"redis_policy", Severity::warning,
                        "CONFIG is not allowed here, so its settings are unknown"});
    return;
  }
  Finding eviction{"redis_policy", Severity::ok, "maxmemory-policy " + policy};
  if (policy != "noeviction") {
    eviction.severity = Severity::warning;
    eviction.text += ": marks and leases may be evicted, and a like may show late";
    eviction.fix = "redis-cli CONFIG SET maxmemory-policy noeviction";
  }
  findings.push_back(std::move(eviction));
  const auto appendonly = setting("appendonly");
  findings.push_back({"redis_aof", Severity::ok,
                      "appendonly " + appendonly +
                          (appendonly == "yes" ? ", appendfsync " + setting("appendfsync") : "") +
                          "; nothing but view counters is kept in Redis alone"});
}

}  // namespace feedctl::operations
