#pragma once
// Warms the totals of posts in Redis, which answers to views show. A plain function.
#include <cstdint>
#include <span>
#include <string>

#include "base/ids.hpp"
#include "redis/pool_options.hpp"
#include "store/database.hpp"

namespace feedctl::views {

struct WarmedTotals {
  std::int64_t filled = 0;  // in a dry run: would be
  std::int64_t already_there = 0;
};

// Sets the total of each post that has none to its views in PostgreSQL. Error(unavailable) if
// Redis or PostgreSQL does not answer.
WarmedTotals warm_totals(store::Database& database, const redis::PoolOptions& redis,
                         const std::string& installation, std::span<const Id> posts, bool dry_run);

}  // namespace feedctl::views
