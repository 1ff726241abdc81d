// feedctl seed of a generated world: in bulk into an empty database, or appended to one in use.
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/count_parser.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/seed_options.hpp"
#include "seed/append.hpp"
#include "seed/bulk_load.hpp"
#include "seed/bulk_start.hpp"
#include "seed/profiles.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

using feedctl::seed::Shape;

void set_count(std::size_t& count, const char* name, const std::optional<std::string>& text) {
  if (text) count = parse_count(name, *text);
}

// Without a profile: as many posts as users, ten follows for each user, five likes for each post.
Shape default_shape(const SeedOptions& options) {
  Shape shape;
  set_count(shape.users, "--users", options.users);
  const std::size_t users = shape.users;
  shape.posts = users;
  set_count(shape.posts, "--posts", options.posts);
  shape.follows = std::min(10 * users, users * (users - (users > 0)));
  shape.likes = std::min(5 * shape.posts, users * shape.posts);
  return shape;
}

Time end_time(const SeedOptions& options) {
  if (!options.now) return now();
  const auto given = parse_rfc3339(*options.now);
  if (!given) {
    throw Error(ErrorCode::usage, "--now: not a time: " + *options.now)
        .with_hint("write it as in 2026-10-24T12:00:00Z");
  }
  // Ids begin in 2025 and grow with time: after posts of the future, new ones would not be newest.
  if (*given < Time{std::chrono::milliseconds{id_epoch_ms}} || *given > now()) {
    throw Error(ErrorCode::usage, "--now: before 2025 or in the future: " + *options.now)
        .with_hint("leave it out for data up to now");
  }
  return *given;
}

Shape shape_of(const SeedOptions& options) {
  auto shape = options.has_generated_profile() ? *feedctl::seed::profile_shape(*options.profile)
                                               : default_shape(options);
  set_count(shape.users, "--users", options.users);
  set_count(shape.posts, "--posts", options.posts);
  set_count(shape.follows, "--follows", options.follows);
  set_count(shape.likes, "--likes", options.likes);
  set_count(shape.views, "--views", options.views);
  set_count(shape.pages, "--pages", options.pages);
  shape.seed = static_cast<std::uint64_t>(options.seed);
  shape.now = end_time(options);
  return shape;
}

void print_report(Runtime& runtime, const Shape& shape, const feedctl::seed::BulkReport& report) {
  Record card = people_counts(report);
  card.add("views", count_cell(shape.views))
      .add("pages", count_cell(shape.pages))
      .add("active", count_cell(report.active_users))
      .add("pull_authors", count_cell(report.fan_out_on_read_authors))
      .add("feed_rows", count_cell(report.feed_rows))
      .add("feed_parts", count_cell(report.feed_partitions));
  for (auto [phase, seconds] : report.seconds) {
    std::replace(phase.begin(), phase.end(), ' ', '_');
    card.add("seconds_" + phase, Cell{std::round(seconds * 1000) / 1000});
  }
  card.add("dry_run", Cell{runtime.dry_run()}).print(runtime);
}

// "follows 34% 812,345/s 8.0s left, users indexes for 13s".
std::string describe(const std::vector<feedctl::seed::TableProgress>& tables) {
  std::string text;
  for (const auto& table : tables) {
    if (!text.empty()) text += ", ";
    text += table.table;
    const double elapsed = std::max(0.001, static_cast<double>(table.elapsed.count()) / 1000);
    if (table.is_indexing) {
      text += " indexes for " + format_seconds(elapsed);
      continue;
    }
    if (table.total == 0) continue;
    const double rate = static_cast<double>(table.rows) / elapsed;
    text += " " + std::to_string(100 * table.rows / table.total) + "%";
    if (rate < 1) continue;
    const auto left = static_cast<double>(table.total - table.rows) / rate;
    text += " " + format_count(static_cast<std::int64_t>(rate)) + "/s " + format_seconds(left) +
            " left";
  }
  return text;
}

feedctl::seed::BulkOptions bulk_options_of(Runtime& runtime, const SeedOptions& options) {
  using feedctl::seed::MaterializedFeeds;
  const auto& feed = runtime.config().feed;
  feedctl::seed::BulkOptions bulk_options;
  bulk_options.active_days = feed.active_days;
  bulk_options.fan_out_on_read_above = feed.fanout_max_followers;
  bulk_options.discard_broken_load = options.discard;
  bulk_options.is_time_given = options.now.has_value();
  bulk_options.feeds = options.feeds == "all"    ? MaterializedFeeds::all
                       : options.feeds == "none" ? MaterializedFeeds::none
                                                 : MaterializedFeeds::active;
  return bulk_options;
}

std::size_t rows_of_phase(const std::string& phase, const Shape& shape,
                          const feedctl::seed::BulkReport& plan) {
  if (phase == "making feeds") return plan.feed_rows;
  if (phase != "loading") return 0;
  return 3 * shape.users + shape.follows + 2 * shape.posts + shape.likes +
         (shape.views > 0 ? shape.posts : 0) + plan.fan_out_on_read_authors;
}

int run_bulk(Runtime& runtime, const SeedOptions& options) {
  auto [shape, bulk_options, is_continued, steps_done] = feedctl::seed::check_bulk(
      runtime.owner(), shape_of(options), bulk_options_of(runtime, options));
  if (is_continued) {
    runtime.notice("continues a load that broke off: " + std::to_string(steps_done) +
                   " of its steps are done");
  }
  Progress progress(runtime, "generating users", "rows", 0);
  const auto world = feedctl::seed::generate_world(shape);
  const auto plan = feedctl::seed::plan_bulk(world, bulk_options);
  if (runtime.dry_run()) {
    print_report(runtime, shape, plan);
    return exit_ok;
  }
  const auto total_shape = shape;
  const auto end_phase = [&] {
    if (progress.done() > 0) progress.finish();
  };
  bulk_options.on_phase = [&](const std::string& phase) {
    end_phase();
    progress.set_total(static_cast<std::int64_t>(rows_of_phase(phase, total_shape, plan)));
    progress.start_phase(phase);
  };
  bulk_options.on_tables = [&](const auto& tables) { progress.set_detail(describe(tables)); };
  bulk_options.on_rows = row_counter(progress);
  feedctl::seed::BulkReport report;
  try {
    report = feedctl::seed::load_bulk(runtime.owner_options(), world, bulk_options);
  } catch (const Error& error) {
    if (!progress.is_interrupted()) throw;
    return report_stopped(runtime, error);
  }
  end_phase();
  print_report(runtime, total_shape, report);
  return exit_ok;
}

int run_append(Runtime& runtime, const SeedOptions& options) {
  const auto shape = shape_of(options);
  feedctl::seed::require_no_broken_load(runtime.owner());
  auto [world, is_resumed, rows_done] = feedctl::seed::plan_append(runtime.owner(), shape);
  const auto rows = shape.users + world.followees.size() + shape.posts + shape.likes;
  if (is_resumed) {
    runtime.notice("continues an aborted run: " + std::to_string(rows_done) + " of " +
                   std::to_string(rows) + " rows are in");
  }
  Progress progress(runtime, "adding", "rows", static_cast<std::int64_t>(rows - rows_done));
  feedctl::seed::AppendReport report;
  if (runtime.dry_run()) {
    report.users = shape.users;
    report.follows = shape.follows;
    report.posts = shape.posts;
    report.likes = shape.likes;
    report.pages = shape.pages;
  } else {
    feedctl::seed::AppendOptions append_options;
    append_options.on_rows = row_counter(progress);
    report = feedctl::seed::append(runtime.owner(), std::move(world), append_options);
    progress.finish();
  }
  people_counts(report)
      .add("views", count_cell(shape.views))
      .add("pages", count_cell(report.pages))
      .add("transactions", count_cell(report.transactions))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  if (!report.stopped) return exit_ok;
  runtime.notice(
      "feedctl seed: stopped; the rows counted above are committed, with their events. The same "
      "command continues from there");
  return InterruptGuard::exit_code();
}

}  // namespace

int run_generated(Runtime& runtime, const SeedOptions& options) {
  if (options.append || options.force) return run_append(runtime, options);
  if (options.if_empty && feedctl::seed::holds_data(runtime.owner()))
    return report_skipped(runtime);
  return run_bulk(runtime, options);
}

}  // namespace feedctl::cli
