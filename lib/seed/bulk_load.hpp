#pragma once
// Bulk load: fills an empty database with a generated world by parallel COPY, indexes last.
//
// It writes read models and counters as the workers would have made them, and no events. Each table
// is loaded in a transaction of its own, with a note in the table seed_load. A load that broke off
// continues from these notes and ends with the same rows; an interrupted one cleans up. It needs
// the owner's connection. Call it from one thread; callbacks run in that thread.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seed/generated_world.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

enum class MaterializedFeeds { active, all, none };

struct TableProgress {
  std::string table;
  std::size_t rows = 0, total = 0;
  std::chrono::milliseconds elapsed{0};  // of the rows or, once all are in, of the indexes
  bool is_indexing = false;              // all rows are in
};

struct BulkOptions {
  MaterializedFeeds feeds = MaterializedFeeds::active;  // users with rows of user_feed
  int active_days = 30;                        // a post or like within them makes a user active
  std::size_t fan_out_on_read_above = 50000;   // followers; beyond it, fan-out on read
  std::size_t rows_per_partition = 4'000'000;  // of user_feed
  bool discard_broken_load = false;            // empty what a broken load left, and load again
  bool is_time_given = false;                  // a broken load must have the same shape.now
  // on_rows receives the number of rows written since the last call; false stops the load.
  std::function<void(const std::string& phase)> on_phase;
  std::function<bool(std::size_t rows)> on_rows;
  std::function<void(const std::vector<TableProgress>&)> on_tables;  // those being filled
};

struct BulkReport {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0;
  std::size_t active_users = 0, fan_out_on_read_authors = 0, feed_rows = 0, feed_partitions = 0;
  std::vector<std::pair<std::string, double>> seconds;  // by phase and by table
};

// `world` and `options` of check_bulk() in bulk_start.hpp. Errors as there; also Error(lock_held)
// while another load runs, Error(failed) once stopped.
BulkReport load_bulk(const store::Options& owner, const GeneratedWorld& world,
                     const BulkOptions& options);

}  // namespace feedctl::seed
