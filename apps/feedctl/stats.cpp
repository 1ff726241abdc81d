// feedctl stats: prints rows, bytes and queues of the installation.
#include "operations/stats.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/stats_options.hpp"

namespace feedctl::cli {

namespace {

using operations::RedisUsage;
using operations::StatsReport;
using operations::TableSize;

std::string rows_text(const TableSize& table) {
  return (table.is_exact ? "" : "~") + std::to_string(table.rows);
}

std::string bytes_text(std::int64_t bytes) {
  return format_bytes(static_cast<double>(bytes));
}

std::string tables_text(const StatsReport& report) {
  Table table({"group", "rows", "heap", "indexes", "toast", "bytes"});
  for (const auto& group : operations::sum_by_group(report.tables)) {
    table.add({group.group, rows_text(group), bytes_text(group.heap_bytes),
               bytes_text(group.index_bytes), bytes_text(group.toast_bytes),
               bytes_text(group.bytes())});
  }
  return table.text(terminal_width());
}

std::string redis_state(const RedisUsage& redis) {
  if (!redis.is_configured) return "not configured";
  if (!redis.unavailable_because.empty()) return "unavailable: " + redis.unavailable_because;
  auto text = bytes_text(redis.used_memory) + " in " + std::to_string(redis.keys) + " keys";
  if (!redis.is_complete)
    text += "; families extrapolated from " + std::to_string(redis.sampled) + " sampled keys";
  return text;
}

std::string redis_text(const std::string& title, const RedisUsage& redis) {
  auto text = "\n" + title + ": " + redis_state(redis) + "\n";
  if (redis.families.empty()) return text;
  Table table({"family", "keys", "bytes"});
  for (const auto& family : redis.families)
    table.add({family.name, family.keys, bytes_text(family.bytes)});
  return text + table.text(terminal_width());
}

std::string backlog_text(const StatsReport& report) {
  Table table({"consumer", "slot", "events", "oldest_s"});
  for (const auto& slot : report.backlog) {
    if (slot.events > 0) table.add({slot.consumer, slot.slot, slot.events, slot.oldest_seconds});
  }
  if (table.empty()) return "\nevents: none waits\n";
  return "\nevents that wait" +
         std::string(report.is_backlog_bounded ? " (at least; the count is bounded)" : "") + ":\n" +
         table.text(terminal_width());
}

std::string human_text(const StatsReport& report) {
  Record record;
  record.add("database", bytes_text(report.database_bytes))
      .add("write_ahead_log", report.wal_bytes ? Cell{bytes_text(*report.wal_bytes)} : Cell{})
      .add("jobs_waiting", report.jobs_waiting)
      .add("jobs_retrying", report.jobs_retrying)
      .add("dead_events", report.dead_events)
      .add("views_pending", report.views_pending());
  auto text = tables_text(report) + "\n" + record.text() + backlog_text(report) +
              redis_text("redis", report.redis);
  if (report.counter_redis.is_configured)
    text += redis_text("redis of view counters", report.counter_redis);
  const bool is_rough = std::any_of(report.tables.begin(), report.tables.end(),
                                    [](const TableSize& t) { return t.is_never_analyzed; });
  const auto* users = report.find_table("users");
  if (is_rough && users && !users->is_exact)
    text += "\nsome tables were never analyzed: ANALYZE, or --exact, gives better counts\n";
  return text;
}

void append_table(json::Writer& writer, const TableSize& table) {
  writer.open_object()
      .text("name", table.name)
      .integer("rows", table.rows)
      .boolean("exact", table.is_exact)
      .integer("heap_bytes", table.heap_bytes)
      .integer("index_bytes", table.index_bytes)
      .integer("toast_bytes", table.toast_bytes)
      .integer("bytes", table.bytes())
      .close_object();
}

void append_redis(json::Writer& writer, std::string_view key, const RedisUsage& redis) {
  if (!redis.has_answered()) {
    writer.key(key).open_object().boolean("configured", redis.is_configured);
    if (redis.is_configured) writer.text("unavailable", redis.unavailable_because);
    writer.close_object();
    return;
  }
  writer.key(key)
      .open_object()
      .boolean("configured", true)
      .integer("keys", redis.keys)
      .integer("used_bytes", redis.used_memory)
      .integer("sampled_keys", redis.sampled)
      .boolean("extrapolated", !redis.is_complete);
  writer.key("families").open_array();
  for (const auto& family : redis.families) {
    writer.open_object()
        .text("name", family.name)
        .integer("keys", family.keys)
        .integer("bytes", family.bytes)
        .close_object();
  }
  writer.close_array().close_object();
}

void append_backlog(json::Writer& writer, const StatsReport& report) {
  writer.key("backlog").open_array();
  for (const auto& slot : report.backlog) {
    writer.open_object()
        .text("consumer", slot.consumer)
        .integer("slot", slot.slot)
        .integer("events", slot.events)
        .integer("oldest_seconds", slot.oldest_seconds)
        .close_object();
  }
  writer.close_array().boolean("backlog_bounded", report.is_backlog_bounded);
}

std::string json_text(const StatsReport& report) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().integer("database_bytes", report.database_bytes);
  writer.optional_integer("wal_bytes", report.wal_bytes);
  writer.key("groups").open_array();
  for (const auto& group : operations::sum_by_group(report.tables)) append_table(writer, group);
  writer.close_array().key("tables").open_array();
  for (const auto& table : report.tables) append_table(writer, table);
  writer.close_array();
  append_backlog(writer, report);
  writer.integer("jobs_waiting", report.jobs_waiting)
      .integer("jobs_retrying", report.jobs_retrying)
      .integer("oldest_job_seconds", report.oldest_job_seconds)
      .integer("dead_events", report.dead_events)
      .integer("views_pending", report.views_pending());
  append_redis(writer, "redis", report.redis);
  append_redis(writer, "counter_redis", report.counter_redis);
  writer.close_object();
  return out + "\n";
}

struct StatsFlags {
  bool exact = false;
  std::int64_t redis_keys = 10'000;
  std::chrono::milliseconds timeout{30'000};
};

int run_stats(Runtime& runtime, const StatsFlags& flags) {
  auto options = make_stats_options(runtime.config());
  options.exact = flags.exact;
  options.statement_timeout = flags.timeout;
  options.redis.max_keys = options.counter_redis.max_keys =
      static_cast<std::size_t>(flags.redis_keys);
  const auto report = operations::collect_stats(runtime.database(), options);
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print(is_table ? human_text(report) : json_text(report));
  return exit_ok;
}

}  // namespace

CommandFn stats(Spec& spec) {
  auto flags = std::make_shared<StatsFlags>();
  spec.about(
      "Prints rows and bytes by table group, the size of the database and of its write-ahead log, "
      "the memory of Redis by key family, and what waits: events, jobs, dead events, views. Rows "
      "marked ~ are estimates of the planner. Bytes of Redis come from a bounded sample of its "
      "keys. It changes nothing, and each statement has a time-out.");
  spec.example("what takes the room", "feedctl stats");
  spec.example("for monitoring", "feedctl stats -o json | jq .database_bytes");
  spec.flag("--exact", "count rows instead of estimating them; reads whole tables", &flags->exact);
  spec.value("--redis-keys", "N", "keys of Redis to sample at most", &flags->redis_keys)
      .between(1, 1'000'000);
  spec.value("--timeout", "TIME", "longest time of a statement", &flags->timeout)
      .between(100, 86'400'000);
  spec.see_also({"size", "doctor", "verify"});
  return [flags](Runtime& runtime) { return run_stats(runtime, *flags); };
}

}  // namespace feedctl::cli
