#pragma once
// Sizes and queues of an installation: rows and bytes by table group, the write-ahead log, Redis by
// key family, and what waits.
//
// Each statement has a time-out, and the backlog is counted up to a bound. Nothing is written.
// Works without Redis. SQL errors pass through. Plain functions; thread-safe.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operations/redis_usage.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

struct TableSize {
  std::string group;  // "users", "counters", ..; several tables may share it
  std::string name;   // of the table; partitions count as their parent
  std::int64_t rows = 0;
  bool is_exact = false;           // counted, not estimated
  bool is_never_analyzed = false;  // the estimate comes from the statistics of writes
  std::int64_t heap_bytes = 0, index_bytes = 0, toast_bytes = 0;

  std::int64_t bytes() const { return heap_bytes + index_bytes + toast_bytes; }
};

struct ConsumerBacklog {
  std::string consumer;
  std::int64_t slot = 0;
  std::int64_t events = 0;
  std::int64_t oldest_seconds = 0;
};

struct StatsReport {
  std::vector<TableSize> tables;  // by group and name
  std::int64_t database_bytes = 0;
  std::optional<std::int64_t> wal_bytes;   // nullopt: the role may not list its files
  std::optional<std::string> data_folder;  // of the server; nullopt: the role may not know it
  std::vector<ConsumerBacklog> backlog;
  bool is_backlog_bounded = false;  // more events wait than were counted
  std::int64_t jobs_waiting = 0, jobs_retrying = 0, oldest_job_seconds = 0, dead_events = 0;
  RedisUsage redis;
  RedisUsage counter_redis;  // configured only if it is not the same server

  std::int64_t views_pending() const { return redis.views_pending + counter_redis.views_pending; }
  const TableSize* find_table(std::string_view name) const;
  std::int64_t rows_of(std::string_view table) const;  // 0: there is no such table
};

// Sums by group, in the order of `table_groups`; the last one is "others".
std::vector<TableSize> sum_by_group(const std::vector<TableSize>& tables);

struct StatsOptions {
  bool exact = false;  // count rows
  std::chrono::milliseconds statement_timeout{30'000};
  std::int64_t max_backlog = 1'000'000;
  RedisUsageOptions redis, counter_redis;
};

StatsReport collect_stats(store::Database& database, const StatsOptions& options);

}  // namespace feedctl::operations
