#include "hot/ranking_check.hpp"

#include "events/pg_snapshot.hpp"
#include "hot/ranking_snapshot.hpp"
#include "sql/hot.hpp"

namespace feedctl::hot {
namespace {

constexpr std::string_view ranking_key_pattern = "hotfeed:feed:hot:*";
constexpr std::size_t max_differences = 100;

bool is_mark_key(const std::string& key) {
  return key.find(":dirty") != std::string::npos || key.find(":dropped") != std::string::npos;
}

std::string describe(const store::Row& row) {
  const auto post = "post " + std::to_string(row.integer(0));
  if (!row.boolean(3)) return post + " was never made";
  if (!row.is_null(4)) return post + " stands before one that ranks higher";
  if (row.is_null(1)) {
    return post + " is missing, it had " + std::to_string(row.integer(2)) + " likes";
  }
  return post + " scores " + std::to_string(row.integer(1)) + " instead of " +
         std::to_string(row.integer(2));
}

void compare(store::Database& database, const RankingSnapshot& snapshot, RankingCheck& ranking) {
  std::vector<std::int64_t> ids, scores;
  for (const auto& post : snapshot.posts) {
    ids.push_back(post.id);
    scores.push_back(post.score);
  }
  const auto wrong = database.read(sql::hot::cached,
                                   store::params(ids, scores, snapshot.as_of, snapshot.log_position,
                                                 static_cast<std::int64_t>(max_differences)));
  for (const auto row : wrong) ranking.differences.push_back(describe(row));
}

}  // namespace

std::vector<RankingCheck> check_cached_rankings(store::Database& database, cache::Cache& cache) {
  std::vector<RankingCheck> checked;
  for (const auto& key : cache.scan_keys(ranking_key_pattern, 1000)) {
    const auto stored = is_mark_key(key) ? std::nullopt : cache.peek(key);
    if (!stored || stored->body.empty()) continue;
    RankingCheck ranking{key, 0, {}};
    const auto snapshot = parse_snapshot(stored->body);
    if (!stored->remaining_ttl) {
      ranking.differences.push_back(key + " never ends");
    } else if (!snapshot || !events::PgSnapshot::parse(snapshot->log_position)) {
      ranking.differences.push_back(key + " cannot be read");
    } else {
      ranking.checked_posts = snapshot->posts.size();
      compare(database, *snapshot, ranking);
    }
    checked.push_back(std::move(ranking));
  }
  return checked;
}

void invalidate_ranking(cache::Cache& cache, const std::string& key) {
  cache.mark_dirty(key, true);
}

}  // namespace feedctl::hot
