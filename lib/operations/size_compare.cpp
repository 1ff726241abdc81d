#include "operations/size_compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "events/events.hpp"
#include "operations/limited_snapshot.hpp"
#include "sql/stats.hpp"

namespace feedctl::operations {

namespace {

constexpr double max_sampled_events = 2'000'000;
constexpr double days_of_seen_views = 4;  // that post_view_seen keeps
constexpr double seconds_an_hour = 3600, hours_a_day = 24;
// The statistics count the byte before each short text.
constexpr double length_byte = 1;

double rows_of(const StatsReport& stats, std::string_view table) {
  return static_cast<double>(stats.rows_of(table));
}

double measured_bytes(const StatsReport& stats, std::string_view group) {
  double sum = 0;
  for (const auto& table : stats.tables) {
    if (table.group == group) sum += static_cast<double>(table.bytes());
  }
  return sum;
}

void add_event(DailyWrites& daily, std::int64_t type, double count) {
  using events::Type;
  switch (static_cast<Type>(type)) {
    case Type::post_created:
      daily.posts += count;
      return;
    case Type::post_liked:
    case Type::post_unliked:
      daily.likes += count;
      return;
    case Type::user_followed:
    case Type::user_unfollowed:
      daily.follows += count;
      return;
    default:
      return;  // rare
  }
}

}  // namespace

Population measure_population(store::Database& database, const StatsReport& stats,
                              const StatsOptions& options) {
  Population population;
  population.users = rows_of(stats, "users");
  population.follows = rows_of(stats, "follows");
  population.posts = rows_of(stats, "posts");
  population.likes = rows_of(stats, "likes");
  population.active_users = rows_of(stats, "feed_state");
  population.feed_rows = rows_of(stats, "user_feed");
  population.hot_posts = rows_of(stats, "hot_scores");
  population.viewed_posts = rows_of(stats, "post_views");
  population.seen_views = rows_of(stats, "post_view_seen");
  population.events = rows_of(stats, "events");
  auto tx = limited_snapshot(database, options.statement_timeout);
  const auto found = tx.query(sql::stats::text_widths);
  const auto widths = found.single_row();
  const auto width = [&](int column, double otherwise) {
    const auto mean = widths.maybe_integer(column);
    return mean ? std::max(static_cast<double>(*mean) - length_byte, 0.0) : otherwise;
  };
  population.text_width = width(0, population.text_width);
  population.handle_width = width(1, population.handle_width);
  population.name_width = width(2, population.name_width);
  return population;
}

PageLayout guess_layout(const Population& population) {
  const double rows = population.posts + population.likes + population.follows;
  return population.events < rows / 20 ? PageLayout::packed : PageLayout::grown;
}

std::optional<double> SizeDifference::percent() const {
  if (measured <= 0) return std::nullopt;
  return 100 * (predicted - measured) / measured;
}

SizeComparison compare_sizes(const StatsReport& stats, const Population& population,
                             PageLayout layout) {
  SizeComparison comparison;
  comparison.layout = layout;
  const auto database = static_cast<double>(stats.database_bytes);
  double others = database;
  for (const auto& group : predict_groups(population, layout)) {
    const bool is_catalog = group.group == "catalog";
    const double measured = is_catalog ? others : measured_bytes(stats, group.group);
    others -= measured;
    comparison.groups.push_back({group.group, group.bytes, measured});
    comparison.total.predicted += group.bytes;
  }
  comparison.total.group = "total";
  comparison.total.measured = database;
  return comparison;
}

LiveLoad measure_load(store::Database& database, const StatsReport& stats,
                      const StatsOptions& options) {
  LiveLoad load;
  load.daily.views = rows_of(stats, "post_view_seen") / days_of_seen_views;
  load.sampled_share = std::min(1.0, max_sampled_events / std::max(rows_of(stats, "events"), 1.0));
  auto tx = limited_snapshot(database, options.statement_timeout);
  load.hours = static_cast<double>(tx.query(sql::stats::event_span).single_row().integer(0)) /
               seconds_an_hour;
  if (load.hours <= 0) return load;
  load.hours = std::min(std::max(load.hours, 1.0 / 60), hours_a_day);
  const double factor = hours_a_day / load.hours / load.sampled_share;
  std::map<std::int64_t, double> by_hour;
  const auto percent = std::to_string(100 * load.sampled_share);
  for (const auto row : tx.query(sql::stats::event_rates, store::params(percent))) {
    DailyWrites one;
    add_event(one, row.integer(1), static_cast<double>(row.integer(2)));
    load.daily.posts += one.posts * factor;
    load.daily.likes += one.likes * factor;
    load.daily.follows += one.follows * factor;
    by_hour[row.integer(0)] += one.commands();
  }
  double busiest = 0, sum = 0;
  for (const auto& [hour, count] : by_hour) {
    busiest = std::max(busiest, count);
    sum += count;
  }
  // Hours at the edges of the log are not whole, so the busiest one is at least the mean.
  if (sum > 0) load.peak_factor = std::max(1.0, busiest / (sum / std::max(load.hours, 1.0)));
  return load;
}

void set_live(SizePlan& plan, const Population& population, const LiveLoad& load) {
  plan.users = population.users;
  plan.follows = population.follows;
  plan.posts_per_day = load.daily.posts;
  plan.likes_per_day = load.daily.likes;
  plan.follows_per_day = load.daily.follows;
  plan.views_per_day = load.daily.views;
  if (population.users > 0) plan.active_share = population.active_users / population.users;
  if (load.daily.posts > 0) plan.days_kept = std::max(1.0, population.posts / load.daily.posts);
  const double recent = population.posts * std::min(plan.rows_days / plan.days_kept, 1.0);
  const double mean =
      population.users > 0 ? recent * population.follows / population.users * plan.active_share : 0;
  if (mean > 0 && population.feed_rows > 0) plan.audience_skew = population.feed_rows / mean;
}

void use_measured_disk(SizePrediction& prediction, const StatsReport& stats, double free_bytes) {
  const auto wal = stats.wal_bytes ? static_cast<double>(*stats.wal_bytes) : prediction.wal_kept;
  const auto database = static_cast<double>(stats.database_bytes);
  for (auto& usage : prediction.usages) {
    if (usage.resource != "disk") continue;
    usage.used = database + wal;
    if (usage.limit <= 0 && free_bytes > 0) usage.limit = usage.used + free_bytes;
    prediction.days_until_disk_full.reset();
    if (usage.limit > 0 && prediction.bytes_a_day > 0) {
      prediction.days_until_disk_full =
          std::max(usage.limit - usage.used, 0.0) / prediction.bytes_a_day;
    }
  }
  std::stable_sort(prediction.usages.begin(), prediction.usages.end(),
                   [](const Usage& a, const Usage& b) { return a.share() > b.share(); });
}

}  // namespace feedctl::operations
