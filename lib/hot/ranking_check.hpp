#pragma once
// Checks the rankings in the shared cache, for `feedctl verify`. Plain functions, thread-safe.
#include <cstddef>
#include <string>
#include <vector>

#include "cache/cache.hpp"
#include "store/database.hpp"

namespace feedctl::hot {

struct RankingCheck {
  std::string key;
  std::size_t checked_posts = 0;
  std::vector<std::string> differences;  // each a description, a hundred at most
};

// Compares each cached ranking with the likes up to its own log position; later likes are no
// difference. Returns none if no cache is shared. Errors are those of the store.
std::vector<RankingCheck> check_cached_rankings(store::Database& database, cache::Cache& cache);
// The next reader computes the ranking.
void invalidate_ranking(cache::Cache& cache, const std::string& key);

}  // namespace feedctl::hot
