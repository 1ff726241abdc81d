#pragma once
// Bulk load: fills an empty database with a generated world by parallel COPY, indexes last.
//
// It writes read models and counters as the workers would have made them, and no events. The load
// takes several transactions. An interrupted load cleans up; a broken one leaves a row in the table
// seed_load, which the next load reports. It needs the owner's connection. Call it from one thread;
// callbacks run in that thread.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "seed/generated_world.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

enum class MaterializedFeeds { active, all, none };

struct BulkOptions {
  MaterializedFeeds feeds = MaterializedFeeds::active;  // users with rows of user_feed
  int active_days = 30;                        // a post or like within them makes a user active
  std::size_t fan_out_on_read_above = 50000;   // followers; beyond it, fan-out on read
  std::size_t rows_per_partition = 4'000'000;  // of user_feed
  bool discard_broken_load = false;            // empty what a broken load left, and load again
  // on_rows receives the number of rows written since the last call; false stops the load.
  std::function<void(const std::string& phase)> on_phase;
  std::function<bool(std::size_t rows)> on_rows;
};

struct BulkReport {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0;
  std::size_t active_users = 0, fan_out_on_read_authors = 0, feed_rows = 0, feed_partitions = 0;
  std::vector<std::pair<std::string, double>> seconds;  // by phase
};

// Error(bad_data) if the database is not empty or holds a broken load, Error(failed) if other
// feedctl processes are connected.
void check_bulk(store::Database& owner, const BulkOptions& options);
// Errors as check_bulk(); also Error(lock_held) while another load runs, Error(failed) once
// stopped.
BulkReport load_bulk(const store::Options& owner, const GeneratedWorld& world,
                     const BulkOptions& options);
// The counts of a load, without a database.
BulkReport plan_bulk(const GeneratedWorld& world, const BulkOptions& options);

}  // namespace feedctl::seed
