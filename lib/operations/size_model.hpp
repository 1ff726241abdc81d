#pragma once
// Capacity model: predicts rows, bytes, write-ahead log, memory and writes of an installation from
// a few counts.
//
// The constants are measured; docs/capacity.md says how. Pure functions; thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::operations {

// How full the pages of heaps and indexes are.
enum class PageLayout {
  packed,  // after a bulk load: indexes are built at once
  grown,   // after inserts and updates in any order
};

// For which users feed.materialize keeps rows of home feeds.
enum class FeedRows { off, active, all };
std::string_view name_of(FeedRows rows);

// What an operator expects.
struct SizePlan {
  double users = 0, follows = 0;
  double posts_per_day = 0, likes_per_day = 0, views_per_day = 0, follows_per_day = 0;
  double active_share = 0.1;  // of the users; they have rows of home feeds
  double days_kept = 30;      // days of posts and likes that the database holds
  // Authors with many followers post more: rows a post, by the mean of followers.
  double audience_skew = 6;
  FeedRows feed_rows = FeedRows::active;
  PageLayout layout = PageLayout::grown;
  // From the configuration.
  double rows_days = 90, index_days = 30, event_days = 3;
  double index_bytes = 256.0 * (1 << 20), fragment_bytes = 256.0 * (1 << 20);
};

// Rows of the tables that grow, and the widths of their texts.
struct Population {
  double users = 0, follows = 0, posts = 0, likes = 0;
  double active_users = 0, feed_rows = 0;
  double hot_posts = 0;     // rows of hot_scores
  double viewed_posts = 0;  // rows of post_views
  double seen_views = 0;    // rows of post_view_seen
  double events = 0;
  double text_width = 116, handle_width = 7, name_width = 9;  // mean bytes
};
Population population_of(const SizePlan& plan);
// Rows of home feeds that a plan would keep with another feed.materialize.
double feed_rows_of(const SizePlan& plan, FeedRows rows);

struct GroupSize {
  std::string group;  // as in stats.hpp; "catalog": the tables of PostgreSQL and the small ones
  double rows = 0, bytes = 0;
};
std::vector<GroupSize> predict_groups(const Population& population, PageLayout layout);
double sum_bytes(const std::vector<GroupSize>& groups);
double feed_row_bytes(PageLayout layout);

// Writes a day by kind.
struct DailyWrites {
  double posts = 0, likes = 0, follows = 0, views = 0;
  double feed_rows = 0;  // that workers add

  double commands() const { return posts + likes + follows; }
};
DailyWrites daily_writes_of(const SizePlan& plan);

// What the machine has; 0: unknown, and then it does not end first.
struct Ceilings {
  double disk_bytes = 0, memory_bytes = 0;
  double writes_a_second = 0;     // posts, likes and follows
  double feed_rows_a_second = 0;  // that workers add
};
// Measured on two cores with a slow disk (docs/performance.md).
Ceilings measured_ceilings();

struct Usage {
  std::string resource;  // "disk", "memory", "writes a second"
  double used = 0, limit = 0;
  double share() const { return limit > 0 ? used / limit : 0; }
};

struct SizePrediction {
  std::vector<GroupSize> groups;
  double total_bytes = 0;
  double bytes_a_day = 0;  // growth, while posts and likes are kept
  double wal_a_day = 0, wal_kept = 0;
  double serve_memory = 0, work_memory = 0, redis_bytes = 0;
  double postgres_cache = 0;  // pages that writes touch at random
  double writes_a_second = 0, peak_writes_a_second = 0, peak_feed_rows_a_second = 0;
  std::vector<Usage> usages;                   // the first to end comes first
  std::optional<double> days_until_disk_full;  // from now on, at this growth
  struct FeedRowCost {
    FeedRows setting;
    double rows = 0, bytes = 0, wal_a_day = 0;
  };
  std::vector<FeedRowCost> feed_row_costs;  // off, active, all
};
// `peak_factor`: how much the busiest minute exceeds the day's mean.
inline constexpr double default_peak_factor = 3;
SizePrediction predict(const SizePlan& plan, const Population& population, const Ceilings& ceilings,
                       double peak_factor = default_peak_factor);

}  // namespace feedctl::operations
