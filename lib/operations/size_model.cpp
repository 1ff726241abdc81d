#include "operations/size_model.hpp"

#include <algorithm>
#include <array>

namespace feedctl::operations {

namespace {

constexpr double mebibyte = 1 << 20, gibibyte = 1 << 30;
constexpr double seconds_a_day = 86400;

// Bytes of a row, heap and all indexes, in each layout. Texts are not included.
struct RowCost {
  double packed_heap, packed_indexes, grown_heap, grown_indexes;
  double bytes(PageLayout layout) const {
    return layout == PageLayout::packed ? packed_heap + packed_indexes : grown_heap + grown_indexes;
  }
};
constexpr RowCost user_cost{76, 82, 76, 143};
constexpr RowCost follow_cost{45, 63, 45, 76};
constexpr RowCost post_cost{63, 54, 63, 64};
constexpr RowCost like_cost{61, 94, 61, 118};
constexpr RowCost user_stats_cost{76, 23, 108, 47};
constexpr RowCost post_likes_cost{64, 23, 75, 40};
constexpr RowCost post_views_cost{76, 23, 90, 40};
constexpr RowCost hot_score_cost{76, 62, 90, 80};
constexpr RowCost feed_row_cost{53, 32, 53, 42};
constexpr RowCost feed_state_cost{87, 54, 95, 71};
constexpr RowCost event_cost{89, 42, 89, 42};
constexpr RowCost seen_view_cost{53, 40, 53, 52};
// What a byte of a user's texts takes in the indexes of handles and names.
constexpr double index_share_of_texts = 1.1;
constexpr double catalog_bytes = 10.1e6;  // a database without rows

// Bytes of the write-ahead log for one write, with images of pages after a checkpoint.
constexpr double wal_of_post = 1700, wal_of_like = 1300, wal_of_follow = 1100, wal_of_view = 300,
                 wal_of_feed_row = 150;
constexpr double wal_keep = 2 * gibibyte;  // files that PostgreSQL keeps to write again

constexpr double serve_base = 29 * mebibyte, work_base = 30 * mebibyte;
constexpr double index_bytes_of_post = 16, index_bytes_of_account = 64;
constexpr double index_bytes_of_follow_set = 48, index_bytes_of_follow = 4;
constexpr double fragment_bytes_of_post = 600;

constexpr double redis_base = 1.5e6, redis_bytes_of_view = 65, redis_bytes_of_total = 110;
constexpr double view_days = 4;       // that post_view_seen keeps
constexpr double viewed_share = 0.5;  // of the posts that are kept
constexpr double hot_share = 0.05;    // of the posts that are kept
constexpr double posts_of_cache = 3;  // days of recent rows that writes touch

double limited(double value, double limit) {
  return std::min(value, limit);
}

double feed_index_memory(const SizePlan& plan, const Population& population) {
  const double days = std::max(plan.days_kept, 1.0);
  const double posts = population.posts * limited(plan.index_days / days, 1);
  const double followees = population.users > 0 ? population.follows / population.users : 0;
  const double lists = posts * index_bytes_of_post;
  const double sets =
      population.active_users * (index_bytes_of_follow_set + followees * index_bytes_of_follow);
  return limited(lists, plan.index_bytes / 2) + limited(sets, plan.index_bytes / 2) +
         population.users * index_bytes_of_account +
         limited(posts * fragment_bytes_of_post, plan.fragment_bytes);
}

// Pages that inserts in random order touch: once they do not fit into memory, each write reads.
double postgres_cache_of(const Population& population, PageLayout layout, double days) {
  const auto indexes = [&](const RowCost& cost) {
    return layout == PageLayout::packed ? cost.packed_indexes : cost.grown_indexes;
  };
  const double recent = limited(posts_of_cache / std::max(days, 1.0), 1);
  return population.likes * indexes(like_cost) + population.follows * indexes(follow_cost) +
         population.users * user_stats_cost.bytes(layout) +
         recent * (population.posts * (post_cost.bytes(layout) + population.text_width) +
                   population.feed_rows * feed_row_cost.bytes(layout));
}

double wal_of(const DailyWrites& daily) {
  return daily.posts * wal_of_post + daily.likes * wal_of_like + daily.follows * wal_of_follow +
         daily.views * wal_of_view + daily.feed_rows * wal_of_feed_row;
}

double growth_of(const DailyWrites& daily, const Population& population, PageLayout layout,
                 bool do_rows_grow) {
  return daily.posts *
             (post_cost.bytes(layout) + population.text_width + post_likes_cost.bytes(layout)) +
         daily.likes * like_cost.bytes(layout) + daily.follows * follow_cost.bytes(layout) +
         (do_rows_grow ? daily.feed_rows * feed_row_cost.bytes(layout) : 0);
}

std::vector<SizePrediction::FeedRowCost> feed_row_costs(const SizePlan& plan) {
  std::vector<SizePrediction::FeedRowCost> costs;
  for (const auto setting : {FeedRows::off, FeedRows::active, FeedRows::all}) {
    auto other = plan;
    other.feed_rows = setting;
    const double rows = feed_rows_of(plan, setting);
    costs.push_back({setting, rows, rows * feed_row_cost.bytes(plan.layout),
                     daily_writes_of(other).feed_rows * wal_of_feed_row});
  }
  return costs;
}

std::vector<Usage> usages_of(const SizePrediction& found, const Ceilings& ceilings) {
  const double memory =
      found.serve_memory + found.work_memory + found.redis_bytes + found.postgres_cache;
  std::vector<Usage> usages{
      {"disk", found.total_bytes + found.wal_kept, ceilings.disk_bytes},
      {"memory", memory, ceilings.memory_bytes},
      {"writes a second", found.peak_writes_a_second, ceilings.writes_a_second},
      {"feed rows a second", found.peak_feed_rows_a_second, ceilings.feed_rows_a_second}};
  std::stable_sort(usages.begin(), usages.end(),
                   [](const Usage& a, const Usage& b) { return a.share() > b.share(); });
  return usages;
}

}  // namespace

std::string_view name_of(FeedRows rows) {
  constexpr std::array<std::string_view, 3> names{"off", "active", "all"};
  return names.at(static_cast<std::size_t>(rows));
}

double feed_rows_of(const SizePlan& plan, FeedRows rows) {
  if (rows == FeedRows::off || plan.users <= 0) return 0;
  const double days = limited(plan.days_kept, plan.rows_days);
  const double readers = rows == FeedRows::all ? 1 : plan.active_share;
  return plan.posts_per_day * days * plan.follows / plan.users * plan.audience_skew * readers;
}

Population population_of(const SizePlan& plan) {
  Population population;
  population.users = plan.users;
  population.follows = plan.follows;
  population.posts = plan.posts_per_day * plan.days_kept;
  population.likes = plan.likes_per_day * plan.days_kept;
  if (plan.feed_rows == FeedRows::active) population.active_users = plan.users * plan.active_share;
  if (plan.feed_rows == FeedRows::all) population.active_users = plan.users;
  population.feed_rows = feed_rows_of(plan, plan.feed_rows);
  population.hot_posts = population.posts * hot_share;
  population.viewed_posts = plan.views_per_day > 0 ? population.posts * viewed_share : 0;
  population.seen_views = plan.views_per_day * limited(view_days, plan.days_kept);
  population.events = (plan.posts_per_day + plan.likes_per_day + plan.follows_per_day) *
                      limited(plan.event_days, plan.days_kept);
  return population;
}

double feed_row_bytes(PageLayout layout) {
  return feed_row_cost.bytes(layout);
}

std::vector<GroupSize> predict_groups(const Population& p, PageLayout layout) {
  const auto bytes = [&](double rows, const RowCost& cost) { return rows * cost.bytes(layout); };
  const double texts_of_users =
      (p.handle_width + p.name_width) + (2 * p.handle_width + p.name_width) * index_share_of_texts;
  return {{"users", p.users, bytes(p.users, user_cost) + p.users * texts_of_users},
          {"follows", p.follows, bytes(p.follows, follow_cost)},
          {"posts", p.posts, bytes(p.posts, post_cost) + p.posts * p.text_width},
          {"likes", p.likes, bytes(p.likes, like_cost)},
          {"counters", p.users + p.posts + p.viewed_posts + p.hot_posts,
           bytes(p.users, user_stats_cost) + bytes(p.posts, post_likes_cost) +
               bytes(p.viewed_posts, post_views_cost) + bytes(p.hot_posts, hot_score_cost)},
          {"feed_rows", p.feed_rows + p.active_users,
           bytes(p.feed_rows, feed_row_cost) + bytes(p.active_users, feed_state_cost)},
          {"events", p.events, bytes(p.events, event_cost)},
          {"views", p.seen_views, bytes(p.seen_views, seen_view_cost)},
          {"catalog", 0, catalog_bytes}};
}

double sum_bytes(const std::vector<GroupSize>& groups) {
  double sum = 0;
  for (const auto& group : groups) sum += group.bytes;
  return sum;
}

DailyWrites daily_writes_of(const SizePlan& plan) {
  DailyWrites daily{plan.posts_per_day, plan.likes_per_day, plan.follows_per_day,
                    plan.views_per_day};
  const double days = limited(plan.days_kept, plan.rows_days);
  if (days > 0) daily.feed_rows = feed_rows_of(plan, plan.feed_rows) / days;
  return daily;
}

Ceilings measured_ceilings() {
  Ceilings ceilings;
  ceilings.writes_a_second = 2660;
  ceilings.feed_rows_a_second = 418'000;
  return ceilings;
}

SizePrediction predict(const SizePlan& plan, const Population& population, const Ceilings& ceilings,
                       double peak_factor) {
  const auto daily = daily_writes_of(plan);
  SizePrediction found;
  found.groups = predict_groups(population, plan.layout);
  found.total_bytes = sum_bytes(found.groups);
  found.bytes_a_day = growth_of(daily, population, plan.layout, plan.days_kept < plan.rows_days);
  found.wal_a_day = wal_of(daily);
  found.wal_kept = limited(found.wal_a_day, wal_keep);
  found.serve_memory = serve_base + feed_index_memory(plan, population);
  found.work_memory = work_base;
  found.redis_bytes = redis_base + daily.views * redis_bytes_of_view +
                      limited(population.viewed_posts, daily.views) * redis_bytes_of_total;
  found.postgres_cache = postgres_cache_of(population, plan.layout, plan.days_kept);
  found.writes_a_second = daily.commands() / seconds_a_day;
  found.peak_writes_a_second = found.writes_a_second * peak_factor;
  found.peak_feed_rows_a_second = daily.feed_rows / seconds_a_day * peak_factor;
  found.usages = usages_of(found, ceilings);
  if (ceilings.disk_bytes > 0 && found.bytes_a_day > 0) {
    const double room = ceilings.disk_bytes - found.total_bytes - found.wal_kept;
    found.days_until_disk_full = std::max(room, 0.0) / found.bytes_a_day;
  }
  found.feed_row_costs = feed_row_costs(plan);
  return found;
}

}  // namespace feedctl::operations
