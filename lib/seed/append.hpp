#pragma once
// Append: adds a generated world to a database that may be in use.
//
// Transactions have a bounded size; each is consistent and writes the events of its rows, so the
// workers update feeds and rankings. The table seed_appends holds a checkpoint, from which a
// stopped or broken append resumes. It needs the owner's connection. Call it from one thread;
// callbacks run in that thread.
#include <cstddef>
#include <functional>
#include <vector>

#include "seed/generated_world.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

struct AppendOptions {
  std::size_t rows_per_transaction = 2000;
  // Receives the number of rows written since the last call, 0 between steps; false stops.
  std::function<bool(std::size_t rows)> on_rows;
};
struct AppendReport {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0, pages = 0, transactions = 0;
  bool stopped = false;
};

// Ids of the most followed users, who take part in the added world.
std::vector<Id> load_popular_users(store::Database& owner, std::size_t max_count = 10'000);

// The world to add: that of this seed's unfinished append, else a new one of `shape`.
struct AppendPlan {
  GeneratedWorld world;
  bool is_resumed = false;
  std::size_t rows_done = 0;  // rows written by earlier runs
};
// Error(bad_data) if this seed was added already, or its unfinished append has other counts or is
// of another version of feedctl.
AppendPlan plan_append(store::Database& owner, const Shape& shape);

// Adds the missing rows of a planned world; the report counts only those. Error(bad_data) if users
// of this seed exist already, Error(lock_held) while another process adds the same seed.
AppendReport append(store::Database& owner, GeneratedWorld world, const AppendOptions& options);

}  // namespace feedctl::seed
