#pragma once
// The SQL of likes, one statement a call, and the readers of the batchers' rows. Errors are those
// of the store. Thread-safe.
#include <chrono>

#include "likes/likes.hpp"

namespace feedctl::likes::queries {

struct LikeRow {
  bool post_found;
  std::optional<Like> created;   // by this command
  std::optional<Like> existing;  // else an earlier one that the statement saw
  // See commands::Reply.
  std::optional<std::chrono::steady_clock::time_point> outcome_unknown_since;
  std::optional<commands::Replay> replay;
  bool user_suspended = false;
};
LikeRow read_like_row(commands::Command& command, const commands::Reply& reply, Id user, Id post);

// Whether a statement created likes, or deleted some.
bool any_created(const store::Result& rows);
bool any_removed(const store::Result& rows);

// Whether the row is enough for the result, without a query.
bool is_row_sufficient(const commands::Reply& reply);

struct UnlikeRow {
  bool post_found;
  bool removed;
  std::optional<commands::Replay> replay;
  bool user_suspended = false;
};
UnlikeRow read_unlike_row(commands::Command& command, const commands::Reply& reply);

// Whether the like was created after `since`, by the database's clock; off by at most the duration
// of this statement.
bool was_created_after(store::Database& database, Id user, Id post,
                       std::chrono::steady_clock::time_point since);

struct FindResult {
  bool post_found;
  std::optional<Like> like;
  std::string snapshot = {};  // of the statement
};
FindResult find(store::Database& database, Id user, Id post);

std::optional<Aggregates> aggregates(store::Database& database, Id post);
std::vector<Like> of_post(store::Database& database, Id post, Id before, int count);

}  // namespace feedctl::likes::queries
