#include "hot/cached.hpp"

#include "events/position.hpp"
#include "hot/snapshot.hpp"
#include "sql/hot.hpp"

namespace feedctl::hot {
namespace {

constexpr std::string_view rankings = "hotfeed:feed:hot:*";
constexpr std::size_t examples = 100;

bool is_mark(const std::string& key) {
  return key.find(":dirty") != std::string::npos || key.find(":dropped") != std::string::npos;
}

std::string words(const store::Row& row) {
  const auto post = "post " + std::to_string(row.integer(0));
  if (!row.boolean(3)) return post + " was never made";
  if (!row.null(4)) return post + " stands before one that ranks higher";
  if (row.null(1)) {
    return post + " is missing, it had " + std::to_string(row.integer(2)) + " likes";
  }
  return post + " scores " + std::to_string(row.integer(1)) + " instead of " +
         std::to_string(row.integer(2));
}

void compare(store::Database& database, const Snapshot& snapshot, CachedRanking& ranking) {
  std::vector<std::int64_t> ids, scores;
  for (const auto& post : snapshot.posts) {
    ids.push_back(post.id);
    scores.push_back(post.score);
  }
  const auto wrong =
      database.read(sql::hot::cached, store::params(ids, scores, snapshot.as_of, snapshot.position,
                                                    static_cast<std::int64_t>(examples)));
  for (const auto row : wrong) ranking.wrong.push_back(words(row));
}

}  // namespace

std::vector<CachedRanking> check_cached(store::Database& database, cache::Cache& cache) {
  std::vector<CachedRanking> checked;
  for (const auto& key : cache.some_keys(rankings, 1000)) {
    const auto kept = is_mark(key) ? std::nullopt : cache.look(key);
    if (!kept || kept->body.empty()) continue;
    CachedRanking ranking{key, 0, {}};
    const auto snapshot = parse_snapshot(kept->body);
    if (!kept->left) {
      ranking.wrong.push_back(key + " never ends");
    } else if (!snapshot || !events::Snapshot::parse(snapshot->position)) {
      ranking.wrong.push_back(key + " cannot be read");
    } else {
      ranking.posts = snapshot->posts.size();
      compare(database, *snapshot, ranking);
    }
    checked.push_back(std::move(ranking));
  }
  return checked;
}

void drop_cached(cache::Cache& cache, const std::string& key) {
  cache.mark_dirty(key, true);
}

}  // namespace feedctl::hot
