#include "operations/doctor_views.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "config/units.hpp"
#include "redis/connection_pool.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"
#include "views/redis_counter_buffer.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t max_batch_age_s = 300;
constexpr std::int64_t max_pending_views = 1'000'000;
constexpr std::int64_t max_unestablished_s = 60;
constexpr std::int64_t max_days_late = 2;  // the first turns of work fold what a pause has left
constexpr std::chrono::milliseconds min_timeout{1000};

struct BufferState {
  views::Durability durability;
  std::int64_t pending_views = 0, batches = 0;
  std::int64_t oldest_batch_s = 0;  // since its rotation, by the clock of Redis
};

// A batch that the registry had lost has no time of rotation.
std::int64_t read_oldest_batch_age(redis::Connection& redis, const std::string& batches) {
  const auto oldest =
      redis.command({"ZRANGEBYSCORE", batches, "(0", "+inf", "WITHSCORES", "LIMIT", "0", "1"});
  const auto time = redis.command({"TIME"});
  if (oldest.elements.size() < 2 || time.elements.empty()) return 0;
  const auto rotated_s = std::strtod(oldest.elements[1].text.c_str(), nullptr) / 1000;
  const auto now_s = std::strtod(time.elements[0].text.c_str(), nullptr);
  return static_cast<std::int64_t>(std::max(now_s - rotated_s, 0.0));
}

BufferState read_buffer(redis::Connection& redis, const std::string& prefix) {
  BufferState state;
  state.durability = views::read_durability(redis);
  const auto pending = prefix + std::string(views::keys::pending),
             batches = prefix + std::string(views::keys::batches);
  state.pending_views = redis.command({"LLEN", pending}).integer /
                        static_cast<std::int64_t>(views::keys::fields_per_view);
  state.batches = redis.command({"ZCARD", batches}).integer;
  state.oldest_batch_s = read_oldest_batch_age(redis, batches);
  return state;
}

void add_durability(Findings& findings, const views::Durability& state) {
  Finding finding{"views_aof", Severity::ok, "appendonly yes"};
  if (!state.fsync.empty()) finding.text += ", appendfsync " + state.fsync;
  if (!state.keeps_append_only_file) {
    finding = {"views_aof", Severity::warning,
               "appendonly is off: a crash of Redis loses all view counters that wait for a flush",
               "redis-cli CONFIG SET appendonly yes, and appendonly yes in redis.conf"};
  } else if (state.fsync == "no") {
    finding.severity = Severity::warning;
    finding.text += ": a crash of its machine loses view counters of half a minute";
    finding.fix = "redis-cli CONFIG SET appendfsync everysec, and the same in redis.conf";
  }
  findings.push_back(std::move(finding));
}

// A volatile-* policy evicts only keys with an expiry, and counters have none.
void add_eviction(Findings& findings, const views::Durability& state) {
  Finding finding{"views_policy", Severity::ok, "maxmemory-policy " + state.eviction_policy};
  if (state.may_evict_counters) {
    finding.severity = Severity::warning;
    finding.text += ": view counters may be evicted before a flush";
    finding.fix = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf";
  }
  findings.push_back(std::move(finding));
}

void add_backlog(Findings& findings, const BufferState& state) {
  Finding finding{"views_backlog", Severity::ok,
                  to_string(state.pending_views) + " views and " + to_string(state.batches) +
                      " batches of counters wait for a flush",
                  "", static_cast<double>(state.oldest_batch_s)};
  const bool is_old = state.oldest_batch_s > max_batch_age_s;
  if (is_old) finding.text += ", the oldest batch for " + to_string(state.oldest_batch_s) + " s";
  if (is_old || state.pending_views > max_pending_views) {
    finding.severity = Severity::warning;
    finding.text += ": no flush runs, or it fails";
    finding.fix = "feedctl flush-views";
  }
  findings.push_back(std::move(finding));
}

void add_unreachable(Findings& findings, const std::string& url, const redis::FailureInfo& why) {
  findings.push_back(
      {"views_redis", Severity::warning,
       "the counters' Redis " + url +
           (why.is_reachable ? " cannot be used: " + why.reason : " does not answer") +
           "; views go to PostgreSQL at once",
       !why.remedy.empty() ? why.remedy
       : why.is_reachable  ? "look at that Redis"
                           : "start that Redis"});
}

void add_epoch(Findings& findings, const store::Row& row) {
  if (row.is_null(0) || row.integer(1) <= max_unestablished_s) return;
  findings.push_back({"views_epoch", Severity::warning,
                      "the epoch " + std::string(row.text(0)) + " of the view counters began " +
                          to_string(row.integer(1)) +
                          " s ago, and no flush has established it in Redis: the flush that began "
                          "it was interrupted",
                      "feedctl flush-views, which continues there",
                      static_cast<double>(row.integer(1))});
}

void add_partitions(Findings& findings, const store::Row& row) {
  if (!row.boolean(2))
    findings.push_back({"views_partitions", Severity::warning,
                        "post_view_seen has no partition for today: the next view makes it",
                        "feedctl migrate up, or leave work running"});
  if (row.is_null(3) || row.integer(3) < max_days_late) return;
  findings.push_back({"views_oldest_partition", Severity::warning,
                      "the oldest views should have been folded into their counters " +
                          to_string(row.integer(3)) + " days ago: post_view_seen grows",
                      "feedctl work, whose log tells what is in the way",
                      static_cast<double>(row.integer(3))});
}

}  // namespace

void check_view_tables(Findings& findings, store::Database& database) {
  run_check(findings, "views", [&] {
    const auto rows = database.read(sql::doctor::views);
    add_epoch(findings, rows.single_row());
    add_partitions(findings, rows.single_row());
  });
}

void check_view_buffer(Findings& findings, const Secret<std::string>& url,
                       const config::RedisConfig& settings) {
  if (url.empty()) {
    findings.push_back({"views_redis", Severity::ok,
                        "no Redis for view counters: views go to PostgreSQL at once"});
    return;
  }
  redis::PoolOptions options;
  options.url = url.reveal();
  options.timeout = std::max(settings.timeout, config::Duration(min_timeout));
  options.pool_size = 1;
  options.prefix = settings.prefix;
  run_check(findings, "views_redis", [&] {
    redis::ConnectionPool pool(options, {});
    BufferState state;
    if (!pool.run([&](redis::Connection& server) { state = read_buffer(server, settings.prefix); }))
      return add_unreachable(findings, config::redact_url(url.reveal()), pool.last_failure());
    add_durability(findings, state.durability);
    add_eviction(findings, state.durability);
    add_backlog(findings, state);
  });
}

}  // namespace feedctl::operations
