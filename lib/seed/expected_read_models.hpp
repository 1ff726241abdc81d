#pragma once
// Read models of a generated world, computed in memory as the workers would make them: active
// users, authors with fan-out on read, and the partitions of user_feed.
//
// Plain functions; thread-safe. Internal to lib/seed.
#include <vector>

#include "seed/bulk_load.hpp"

namespace feedctl::seed {

struct ExpectedReadModels {
  static constexpr std::int64_t never = -1;
  std::vector<std::int64_t> last_seen_us;  // by user: last post or like; `never` if not active
  std::vector<std::uint32_t> fan_out_on_read_authors;  // indexes of users
  std::vector<std::size_t> rows_per_post;              // of user_feed, by post
  std::size_t active_users = 0, feed_rows = 0;
};
ExpectedReadModels expect_read_models(const GeneratedWorld& world,
                                      const std::vector<std::uint32_t>& followers,
                                      const BulkOptions& options);

struct Partition {
  Id from, upto;
};
// Partitions from `from` on, each of about rows_per_partition rows and at most ten days; the last
// two lie beyond `now`.
std::vector<Partition> plan_partitions(const GeneratedWorld& world,
                                       const ExpectedReadModels& models, Id from, Id feed_floor,
                                       Time now, std::size_t rows_per_partition);

}  // namespace feedctl::seed
