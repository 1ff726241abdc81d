#pragma once
// What the workers would have made of a world, worked out in memory: who is active, whose posts are
// merged at read, and how the rows of user_feed divide into parts. Internal to lib/seed.
#include <vector>

#include "seed/bulk.hpp"

namespace feedctl::seed {

struct ReadModels {
  static constexpr std::int64_t never = -1;
  std::vector<std::int64_t> seen_us;  // by user: the last post or like; never: not active
  std::vector<std::uint32_t> pull;    // authors
  std::vector<std::size_t> rows;      // by post: rows of user_feed
  std::size_t active = 0, feed_rows = 0;
};
ReadModels read_models(const Generated& world, const std::vector<std::uint32_t>& followers,
                       const BulkOptions& options);

struct Part {
  Id from, upto;
};
// From `from` on: full ones, none longer than ten days, and two beyond `now`.
std::vector<Part> lay_parts(const Generated& world, const ReadModels& models, Id from, Id floor,
                            Time now, std::size_t rows_a_part);

}  // namespace feedctl::seed
