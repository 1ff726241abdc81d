#include "feed_materialized/partition_maintenance.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "sql/feed.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::feed_materialized {

namespace {

constexpr std::int64_t rows_per_partition = 4'000'000;
constexpr Id hour = Id{3'600'000} << 12;
constexpr Id min_length = hour, max_length = 30 * 24 * hour;
constexpr std::size_t partitions_ahead = 2;

struct PartitionSnapshot {
  std::vector<Partition> partitions;
  Id now = 0;
  std::optional<Id> min_kept_id;  // nullopt: no retention time
};

// Whether no partition exists, or two neighbours leave ids between them.
bool has_gap(const std::vector<Partition>& partitions) {
  return partitions.empty() ||
         std::adjacent_find(partitions.begin(), partitions.end(),
                            [](const Partition& partition, const Partition& next) {
                              return partition.upto != next.from;
                            }) != partitions.end();
}

PartitionSnapshot query_partitions(store::Database& database, int days, std::optional<Time> now) {
  PartitionSnapshot snapshot;
  for (const auto row : database.read(sql::feed::parts, store::params(days, now))) {
    snapshot.partitions.push_back({row.integer(0), row.integer(1), row.integer(2)});
    snapshot.now = row.integer(3);
    snapshot.min_kept_id = row.maybe_integer(4);
  }
  return snapshot;
}

PartitionSnapshot read_partitions(store::Database& database, int days, std::optional<Time> now) {
  auto snapshot = query_partitions(database, days, now);
  if (!has_gap(snapshot.partitions)) return snapshot;
  database.execute(sql::feed::fill_parts);
  snapshot = query_partitions(database, days, now);
  if (snapshot.partitions.empty()) throw Error(ErrorCode::failed, "user_feed has no partitions");
  return snapshot;
}

// The id range of four million rows, by the rate of the newest partition with rows.
Id next_length(const std::vector<Partition>& partitions, Id now) {
  for (auto partition = partitions.rbegin(); partition != partitions.rend(); ++partition) {
    if (partition->rows == 0 || partition->from >= now) continue;
    const auto seen = static_cast<double>(std::min(partition->upto, now) - partition->from);
    const auto length = seen / static_cast<double>(partition->rows) * rows_per_partition;
    return length < static_cast<double>(max_length) ? std::max(static_cast<Id>(length), min_length)
                                                    : max_length;
  }
  return max_length;
}

// One transaction empties the partition, the next drops it.
bool retire_oldest(store::Database& database) {
  try {
    auto done = database.execute(sql::feed::retire_part);
    if (!done.single_row().is_null(0) && done.single_row().text(0).empty())
      done = database.execute(sql::feed::retire_part);
    return !done.single_row().is_null(0) && !done.single_row().text(0).empty();
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::lock_not_available) throw;
    log::debug("a partition of user_feed will be dropped later", {{"detail", error.what()}});
    return false;
  }
}

}  // namespace

std::vector<Partition> partitions_to_add(const std::vector<Partition>& partitions, Id now) {
  auto ahead = static_cast<std::size_t>(
      std::count_if(partitions.begin(), partitions.end(),
                    [now](const Partition& partition) { return partition.from > now; }));
  const auto length = next_length(partitions, now);
  std::vector<Partition> added;
  auto from = partitions.back().upto;
  if (now - from > max_length) {
    added.push_back({from, now, 0});
    from = now;
  }
  for (; ahead < partitions_ahead; from += length) {
    added.push_back({from, from + length, 0});
    if (from > now) ++ahead;
  }
  return added;
}

MaintenanceResult maintain_partitions(store::Database& database, const Options& options,
                                      std::optional<Time> now) {
  const int days = options.settings.rows_days;
  const auto snapshot = read_partitions(database, days, now);
  MaintenanceResult result;
  for (const auto& partition : partitions_to_add(snapshot.partitions, snapshot.now)) {
    const auto made =
        database.execute(sql::feed::make_part, store::params(partition.from, partition.upto));
    // Another process created it, perhaps with another length: the next would leave a gap.
    if (!made.single_row().boolean(0)) break;
    ++result.created;
  }
  if (!snapshot.min_kept_id) return result;
  const auto oldest = std::find_if(
      snapshot.partitions.begin(), snapshot.partitions.end(),
      [&](const Partition& partition) { return partition.upto > *snapshot.min_kept_id; });
  if (oldest != snapshot.partitions.end()) {
    result.feed_floor_raised =
        database.execute(sql::feed::raise_floor, store::params(oldest->from, days)).affected() > 0;
  }
  result.partition_retired = retire_oldest(database);
  return result;
}

}  // namespace feedctl::feed_materialized
