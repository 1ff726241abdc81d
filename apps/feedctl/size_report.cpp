#include "feedctl/size_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/json_writer.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/stats_options.hpp"

namespace feedctl::cli {

namespace {

using operations::Usage;

constexpr std::string_view title_of_bytes[] = {"disk", "memory"};

std::string number_text(double value, const char* format) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::int64_t whole(double value) {
  return std::llround(value);
}

bool is_in_bytes(const Usage& usage) {
  return usage.resource == title_of_bytes[0] || usage.resource == title_of_bytes[1];
}

std::string amount_text(const Usage& usage, double amount) {
  return is_in_bytes(usage) ? format_bytes(amount) : number_text(amount, "%.1f");
}

std::string groups_text(const SizeReport& report) {
  Table table({"group", "rows", "bytes"});
  for (const auto& group : report.prediction.groups)
    table.add({group.group, whole(group.rows), format_bytes(group.bytes)});
  table.add({std::string("total"), Cell{}, format_bytes(report.prediction.total_bytes)});
  return table.text(terminal_width());
}

std::string needs_text(const SizeReport& report) {
  const auto& found = report.prediction;
  Record record;
  record.add("growth_a_day", format_bytes(found.bytes_a_day))
      .add("wal_a_day", format_bytes(found.wal_a_day))
      .add("serve_memory", format_bytes(found.serve_memory))
      .add("work_memory", format_bytes(found.work_memory))
      .add("postgres_cache", format_bytes(found.postgres_cache))
      .add("redis", format_bytes(found.redis_bytes))
      .add("writes_a_second", number_text(found.writes_a_second, "%.2f"))
      .add("writes_a_second_at_peak", number_text(found.peak_writes_a_second, "%.2f"))
      .add("feed_rows_a_second_at_peak", number_text(found.peak_feed_rows_a_second, "%.1f"));
  return record.text();
}

std::string costs_text(const SizeReport& report) {
  Table table({"feed.materialize", "rows", "bytes", "wal_a_day"});
  for (const auto& cost : report.prediction.feed_row_costs) {
    table.add({std::string(name_of(cost.setting)), whole(cost.rows), format_bytes(cost.bytes),
               format_bytes(cost.wal_a_day)});
  }
  return "\nwhat the rows of home feeds cost (serve answers from memory; they serve older pages "
         "and feed.index: off):\n" +
         table.text(terminal_width());
}

std::string usages_text(const SizeReport& report) {
  Table table({"resource", "used", "limit", "share"});
  for (const auto& usage : report.prediction.usages) {
    const bool is_known = usage.limit > 0;
    table.add({usage.resource, amount_text(usage, usage.used),
               is_known ? Cell{amount_text(usage, usage.limit)} : Cell{},
               is_known ? Cell{number_text(100 * usage.share(), "%.1f%%")} : Cell{}});
  }
  return "\n" + table.text(terminal_width());
}

std::string verdict_text(const SizeReport& report) {
  const auto& first = report.prediction.usages.front();
  std::string text = "\nends first: " + first.resource;
  if (first.share() > 1) {
    text += ", which is not enough: this load needs " + number_text(first.share(), "%.1f") +
            " times as much";
  } else if (first.share() > 0) {
    text += ", at " + number_text(1 / first.share(), "%.1f") + " times this load";
  }
  if (const auto days = report.prediction.days_until_disk_full; days && *days >= 1)
    text += "; the disk is full in " + number_text(*days, "%.0f") + " days";
  else if (days)
    text += "; the disk is full within a day";
  return text + "\n";
}

}  // namespace

std::string human_text(const SizeReport& report) {
  std::string text;
  if (report.live_hours && *report.live_hours <= 0)
    text = "the event log is empty: rates are unknown and count as 0\n\n";
  else if (report.live_hours && *report.live_hours < 1)
    text = "rates of the last " + number_text(60 * *report.live_hours, "%.0f") + " minutes\n\n";
  else if (report.live_hours)
    text = "rates of the last " + number_text(*report.live_hours, "%.1f") + " hours\n\n";
  return text + groups_text(report) + "\n" + needs_text(report) + costs_text(report) +
         usages_text(report) + verdict_text(report);
}

std::string json_text(const SizeReport& report) {
  const auto& found = report.prediction;
  std::string out;
  json::Writer writer(out);
  const auto number = [&](std::string_view key, double value) {
    writer.integer(key, whole(value));
  };
  writer.open_object().key("groups").open_array();
  for (const auto& group : found.groups) {
    writer.open_object().text("name", group.group);
    number("rows", group.rows);
    number("bytes", group.bytes);
    writer.close_object();
  }
  writer.close_array();
  number("total_bytes", found.total_bytes);
  number("growth_bytes_a_day", found.bytes_a_day);
  number("wal_bytes_a_day", found.wal_a_day);
  number("serve_bytes", found.serve_memory);
  number("work_bytes", found.work_memory);
  number("postgres_cache_bytes", found.postgres_cache);
  number("redis_bytes", found.redis_bytes);
  writer.key("writes_a_second").real(found.writes_a_second);
  writer.key("writes_a_second_at_peak").real(found.peak_writes_a_second);
  writer.key("feed_rows_a_second_at_peak").real(found.peak_feed_rows_a_second);
  writer.key("materialize").open_array();
  for (const auto& cost : found.feed_row_costs) {
    writer.open_object().text("setting", name_of(cost.setting));
    number("rows", cost.rows);
    number("bytes", cost.bytes);
    number("wal_bytes_a_day", cost.wal_a_day);
    writer.close_object();
  }
  writer.close_array().key("resources").open_array();
  for (const auto& usage : found.usages) {
    writer.open_object().text("name", usage.resource);
    writer.key("used").real(usage.used).key("limit").real(usage.limit);
    writer.key("share").real(usage.share()).close_object();
  }
  writer.close_array().text("ends_first", found.usages.front().resource);
  if (found.days_until_disk_full)
    writer.key("days_until_disk_full").real(*found.days_until_disk_full);
  else
    writer.null("days_until_disk_full");
  writer.close_object();
  return out + "\n";
}

void print_comparison(const Runtime& runtime, const operations::SizeComparison& comparison) {
  const bool is_table = runtime.common().format() == OutputFormat::table;
  Table table({"group", "predicted", "measured", "difference_percent"});
  const auto add = [&](const operations::SizeDifference& row) {
    const auto bytes = [&](double value) {
      return is_table ? Cell{format_bytes(value)} : Cell{whole(value)};
    };
    const auto percent = row.percent();
    table.add({row.group, bytes(row.predicted), bytes(row.measured),
               percent ? Cell{std::round(*percent * 10) / 10} : Cell{}});
  };
  for (const auto& row : comparison.groups) add(row);
  add(comparison.total);
  table.print(runtime);
  runtime.notice(comparison.layout == operations::PageLayout::packed
                     ? "pages as after a bulk load (packed); --layout grown for the other"
                     : "pages as after a time of use (grown); --layout packed for the other");
}

}  // namespace feedctl::cli
