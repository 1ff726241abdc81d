#pragma once
// Loads a world into a database in one transaction, counters and events included.
//
// A running server sees all of it or nothing. It needs the owner's connection, since it creates
// temporary tables. Call it from one thread; callbacks run in that thread.
#include <cstddef>
#include <functional>

#include "seed/world.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

struct LoadOptions {
  bool force = false;  // add to a database that holds users; known handles are reused
  // Called for each thousand rows, and with 0 between statements; false stops with Error(failed),
  // and nothing is written.
  std::function<bool(std::size_t rows)> on_rows;
};

struct LoadReport {
  std::size_t users = 0, follows = 0, posts = 0, likes = 0, skipped_lines = 0;
};

// Error(bad_data) if the database holds users and `force` is not set, Error(conflict) if another
// process took an id or a handle meanwhile.
LoadReport load_world(store::Database& owner, const World& world, const LoadOptions& options);

bool is_empty(store::Database& database);

}  // namespace feedctl::seed
