#include "hot/queries.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "sql/hot.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::hot::queries {
namespace {

// Another process updates the scores, the server is read-only, or the update took too long.
bool is_expected_failure(const store::SqlError& error) {
  const auto& state = error.sqlstate();
  return store::sqlstate::is_any_of(
      state, {store::sqlstate::lock_not_available, store::sqlstate::read_only_sql_transaction,
              store::sqlstate::query_canceled});
}

bool update_scores(store::Database& database, std::chrono::milliseconds max_time) {
  auto tx = database.write(max_time);
  tx.query(sql::hot::begin);
  const bool is_far_behind = tx.query(sql::hot::far_behind).single_row().boolean(0);
  if (is_far_behind)
    log::info(
        "counting the hot feed's scores again: they are far behind the log, or a clock was ahead");
  if (tx.query(is_far_behind ? sql::hot::recompute : sql::hot::aggregate).empty()) return false;
  tx.commit();
  return true;
}

}  // namespace

bool aggregate_scores(store::Database& database, std::chrono::milliseconds max_time) {
  try {
    return update_scores(database, max_time);
  } catch (const store::SqlError& error) {
    if (!is_expected_failure(error)) throw;
    log::debug("could not update the hot feed's scores", {{"detail", error.what()}});
    return false;
  }
}

void recompute_scores(store::Database& database) {
  auto tx = database.write(max_statement_time);
  tx.query(sql::hot::begin);
  tx.query(sql::hot::recompute);
  tx.commit();
}

RankingSnapshot load_ranking(store::Database& database, int max_posts) {
  const auto rows = database.read(sql::hot::ranking);
  const auto row = rows.single_row();
  RankingSnapshot snapshot;
  snapshot.as_of = row.time(0);
  snapshot.log_position = std::string(row.text(1));
  const auto ids = row.integers(2), scores = row.integers(3);
  const auto count = std::min(ids.size(), static_cast<std::size_t>(max_posts));
  snapshot.posts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) snapshot.posts.push_back({ids[i], scores.at(i)});
  return snapshot;
}

bool has_changes_since(store::Database& database, const std::string& position) {
  return database.read(sql::hot::news, store::params(position)).single_row().boolean(0);
}

}  // namespace feedctl::hot::queries
