#include "operations/stats.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "operations/limited_snapshot.hpp"
#include "sql/stats.hpp"

namespace feedctl::operations {

namespace {

constexpr std::array<std::string_view, 14> table_groups{
    "users", "follows", "posts", "likes",   "counters", "feed_rows", "events",
    "jobs",  "views",   "media", "content", "accounts", "keys",      "others"};

std::vector<TableSize> load_tables(store::Database& database, const StatsOptions& options) {
  auto tx = limited_snapshot(database, options.statement_timeout);
  std::vector<TableSize> tables;
  for (const auto row : tx.query(sql::stats::tables)) {
    TableSize table;
    table.group = row.text(0);
    table.name = row.text(1);
    table.rows = row.integer(2);
    table.heap_bytes = row.integer(3);
    table.index_bytes = row.integer(4);
    table.toast_bytes = row.integer(5);
    table.is_never_analyzed = row.boolean(6);
    tables.push_back(std::move(table));
  }
  return tables;
}

void count_rows(std::vector<TableSize>& tables, store::Database& database,
                const StatsOptions& options) {
  auto tx = limited_snapshot(database, options.statement_timeout);
  for (const auto row : tx.query(sql::stats::exact_rows)) {
    const auto table = std::find_if(tables.begin(), tables.end(),
                                    [&](const TableSize& t) { return t.name == row.text(0); });
    if (table == tables.end()) continue;
    table->rows = row.integer(1);
    table->is_exact = true;
  }
}

void count_or_explain(std::vector<TableSize>& tables, store::Database& database,
                      const StatsOptions& options) {
  try {
    count_rows(tables, database, options);
  } catch (Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    throw std::move(error).with_hint(
        "counting reads whole tables: give it a longer --timeout, or leave --exact out");
  }
}

void load_database_size(StatsReport& report, store::Database& database,
                        const StatsOptions& options) {
  auto tx = limited_snapshot(database, options.statement_timeout);
  const auto found = tx.query(sql::stats::database);
  const auto row = found.single_row();
  report.database_bytes = row.integer(0);
  report.data_folder = row.maybe_text(2);
  if (row.boolean(1)) report.wal_bytes = tx.query(sql::stats::wal).single_row().integer(0);
}

void load_queues(StatsReport& report, store::Database& database, const StatsOptions& options) {
  auto tx = limited_snapshot(database, options.statement_timeout);
  std::int64_t counted = 0;
  for (const auto row : tx.query(sql::stats::backlog, store::params(options.max_backlog))) {
    report.backlog.push_back(
        {std::string(row.text(0)), row.integer(1), row.integer(2), row.integer(3)});
    counted += row.integer(2);
  }
  report.is_backlog_bounded = counted >= options.max_backlog;
  const auto found = tx.query(sql::stats::queues);
  const auto jobs = found.single_row();
  report.jobs_waiting = jobs.integer(0);
  report.jobs_retrying = jobs.integer(1);
  report.oldest_job_seconds = jobs.integer(2);
  report.dead_events = jobs.integer(3);
}

}  // namespace

const TableSize* StatsReport::find_table(std::string_view name) const {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const TableSize& table) { return table.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

std::int64_t StatsReport::rows_of(std::string_view table) const {
  const auto* found = find_table(table);
  return found ? found->rows : 0;
}

std::vector<TableSize> sum_by_group(const std::vector<TableSize>& tables) {
  std::vector<TableSize> sums;
  for (const auto group : table_groups) {
    TableSize sum;
    sum.group = sum.name = group;
    sum.is_exact = true;
    for (const auto& table : tables) {
      if (table.group != group) continue;
      sum.rows += table.rows;
      sum.heap_bytes += table.heap_bytes;
      sum.index_bytes += table.index_bytes;
      sum.toast_bytes += table.toast_bytes;
      sum.is_exact = sum.is_exact && table.is_exact;
      sum.is_never_analyzed = sum.is_never_analyzed || table.is_never_analyzed;
    }
    sums.push_back(std::move(sum));
  }
  return sums;
}

StatsReport collect_stats(store::Database& database, const StatsOptions& options) {
  StatsReport report;
  report.tables = load_tables(database, options);
  if (options.exact) count_or_explain(report.tables, database, options);
  load_database_size(report, database, options);
  load_queues(report, database, options);
  report.redis = measure_redis(options.redis);
  if (options.counter_redis.url != options.redis.url)
    report.counter_redis = measure_redis(options.counter_redis);
  return report;
}

}  // namespace feedctl::operations
