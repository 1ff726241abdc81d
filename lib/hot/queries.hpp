#pragma once
// The SQL of the hot feed. Errors are those of the store. Thread-safe.
#include <chrono>

#include "hot/ranking_snapshot.hpp"
#include "store/database.hpp"

namespace feedctl::hot::queries {

// The limit of the aggregator if no request waits for it.
inline constexpr std::chrono::milliseconds max_statement_time{30'000};

// Brings the scores up to date, in one transaction. False if they stay behind: another process held
// the lock, the server is read-only, or a statement took longer than `max_time`.
bool aggregate_scores(store::Database& database,
                      std::chrono::milliseconds max_time = max_statement_time);

// Recomputes the scores from the likes. SqlError 55P03 if another process held the lock for too
// long.
void recompute_scores(store::Database& database);

// The best `max_posts` posts (at most 1000) by the stored scores, in one statement.
RankingSnapshot load_ranking(store::Database& database, int max_posts);

// Whether a commit since `position` may change the ranking.
bool has_changes_since(store::Database& database, const std::string& position);

}  // namespace feedctl::hot::queries
