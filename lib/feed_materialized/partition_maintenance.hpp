#pragma once
// Creates and drops the partitions of user_feed, which are ranges of post ids and thus of time.
//
// Two partitions are always ahead. Partitions wholly older than feed.rows_days are dropped. Any
// number of processes may do this at once. Errors as of store::Database.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "feed_materialized/options.hpp"
#include "store/database.hpp"

namespace feedctl::feed_materialized {

struct Partition {
  Id from = 0;            // its first id
  Id upto = 0;            // the first id after it
  std::int64_t rows = 0;  // an estimate of the server

  friend bool operator==(const Partition&, const Partition&) = default;
};

// The partitions to add after `partitions` (ascending, not empty), so that two lie wholly after
// `now`. Each is as long as four million rows take at the rate of the newest partition with rows,
// between one hour and thirty days. If the last one ends longer ago than that, one partition up to
// `now` comes first.
std::vector<Partition> partitions_to_add(const std::vector<Partition>& partitions, Id now);

struct MaintenanceResult {
  std::size_t created = 0;
  bool feed_floor_raised = false;
  bool partition_retired = false;
};
// Creates partitions. Given a retention time, also raises the feed floor and retires one partition
// that has been below it for longer than any request lasts. If readers hold locks on that
// partition, a later call retires it.
MaintenanceResult maintain_partitions(store::Database& database, const Options& options,
                                      std::optional<Time> now);

}  // namespace feedctl::feed_materialized
