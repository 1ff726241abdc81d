#pragma once
// Whether the ranking that lies in the shared cache is right: for `feedctl verify`.
#include <cstddef>
#include <string>
#include <vector>

#include "cache/cache.hpp"
#include "store/database.hpp"

namespace feedctl::hot {

struct CachedRanking {
  std::string key;
  std::size_t posts = 0;           // looked at
  std::vector<std::string> wrong;  // each in words, a hundred at most
};

// Each ranking that is kept, compared with the likes that its own position in the log has counted:
// what came since is no difference. None where no cache is shared. Errors are those of the store.
std::vector<CachedRanking> check_cached(store::Database& database, cache::Cache& cache);
// The next reader computes it anew.
void drop_cached(cache::Cache& cache, const std::string& key);

}  // namespace feedctl::hot
