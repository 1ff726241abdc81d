#pragma once
// What a bulk load begins with: an empty database, or one that a broken load has filled in part.
// Plain functions that need the owner's connection; SQL errors pass through.
#include <optional>
#include <string>
#include <vector>

#include "seed/bulk_load.hpp"

namespace feedctl::seed {

// What to load: the world of this shape, or that of a broken load, with its options.
struct BulkStart {
  Shape shape;
  BulkOptions options;
  bool is_continued = false;
  std::size_t steps_done = 0;
};

// Error(bad_data) if the database is not empty, or holds a broken load of another shape; the hint
// has the command that continues it. Error(failed) if other feedctl processes are connected.
BulkStart check_bulk(store::Database& owner, const Shape& shape, const BulkOptions& options);

// The counts of a load, without a database.
BulkReport plan_bulk(const GeneratedWorld& world, const BulkOptions& options);

// Whether a load broke off here, and the arguments of `feedctl seed` that continue it: empty if
// only --discard helps.
std::optional<std::vector<std::string>> find_broken_load(store::Database& owner);
// For whatever else writes: Error(bad_data) if a load broke off here, since keys and indexes are
// missing; the hint has the command that continues it.
void require_no_broken_load(store::Database& owner);
// Whether the database holds data that are not part of a broken load.
bool holds_data(store::Database& owner);

}  // namespace feedctl::seed
