#pragma once
// Views counted by one statement, with the event that tells the log, as a flush does.
// They are part of `base`, since no user is named.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/fresh_database.hpp"

namespace feedctl::support {

// `views`: posts, each once, and how many views each gets. Returns the transaction's id.
inline std::string flush_views(const FreshDatabase& database,
                               const std::vector<std::pair<std::int64_t, std::int64_t>>& views) {
  std::string rows, deltas;
  for (const auto& [post, count] : views) {
    const auto both = std::to_string(post) + ", " + std::to_string(count);
    rows += (rows.empty() ? "(" : ", (") + both + ")";
    deltas += (deltas.empty() ? "" : ", ") + both;
  }
  return database.execute(
      "WITH given (post_id, n) AS (VALUES " + rows +
      "), counted AS (INSERT INTO post_views AS v (post_id, view_count, base) "
      "SELECT post_id, n, n FROM given ON CONFLICT (post_id) DO UPDATE SET "
      "view_count = v.view_count + excluded.view_count, base = v.base + excluded.base), "
      "told AS (INSERT INTO events (type, shard, actor, object, view_deltas) "
      "SELECT 13, 0, 0, count(*), '{" +
      deltas + "}' FROM given RETURNING xid) SELECT xid FROM told");
}

}  // namespace feedctl::support
