#include "likes/queries.hpp"

#include <utility>

#include "sql/likes.hpp"

namespace feedctl::likes::queries {

namespace {

std::optional<Like> parse_like(const store::Row& row, int first, Id user, Id post) {
  if (row.is_null(first)) return std::nullopt;
  return Like{row.integer(first), post, user, row.time(first + 1)};
}

}  // namespace

LikeRow read_like_row(commands::Command& command, const commands::Reply& reply, Id user, Id post) {
  const auto row = reply.row();
  auto replay = commands::read_replay(command, row, 6);
  auto made = parse_like(row, 2, user, post);
  auto there = parse_like(row, 4, user, post);
  if (reply.is_shared_row && made) there = std::exchange(made, std::nullopt);
  const auto unknown_since = reply.is_shared_row ? std::nullopt : reply.outcome_unknown_since;
  return {row.boolean(1), made, there, unknown_since, std::move(replay), row.boolean(11)};
}

bool any_created(const store::Result& rows) {
  for (const auto row : rows) {
    if (!row.is_null(2)) return true;
  }
  return false;
}

bool any_removed(const store::Result& rows) {
  for (const auto row : rows) {
    if (row.boolean(2)) return true;
  }
  return false;
}

bool is_row_sufficient(const commands::Reply& reply) {
  const auto row = reply.row();
  const bool replayed = !row.is_null(6);
  const bool made = !row.is_null(2), there = !row.is_null(4), found = row.boolean(1);
  const bool suspended = row.boolean(11);
  return !replayed && (suspended || !found || made || (there && !reply.outcome_unknown_since));
}

UnlikeRow read_unlike_row(commands::Command& command, const commands::Reply& reply) {
  const auto row = reply.row();
  auto replay = commands::read_replay(command, row, 3);
  const bool found = row.boolean(1);
  // If an earlier attempt may have deleted the like, its absence counts as done.
  const bool done =
      !reply.is_shared_row && (row.boolean(2) || (found && reply.outcome_unknown_since));
  return {found, done, std::move(replay), row.boolean(8)};
}

bool was_created_after(store::Database& database, Id user, Id post,
                       std::chrono::steady_clock::time_point since) {
  const auto result = database.read(sql::likes::age, store::params(user, post));
  if (result.empty()) return false;
  const std::chrono::microseconds age{result.single_row().integer(0)};
  // The age is negative if the clock was set back after the like; so its absolute value counts.
  return std::chrono::abs(age) <= std::chrono::steady_clock::now() - since;
}

FindResult find(store::Database& database, Id user, Id post) {
  const auto result = database.read(sql::likes::find, store::params(user, post));
  if (result.empty()) return {false, std::nullopt, {}};
  const auto row = result.single_row();
  std::string snapshot(row.text(2));
  if (row.is_null(0)) return {true, std::nullopt, std::move(snapshot)};
  return {true, Like{row.integer(0), post, user, row.time(1)}, std::move(snapshot)};
}

std::optional<Aggregates> aggregates(store::Database& database, Id post) {
  const auto result = database.read(sql::likes::aggregates, store::params(post));
  if (result.empty()) return std::nullopt;
  const auto row = result.single_row();
  return Aggregates{post, row.integer(0), row.integer(1), row.time(2)};
}

std::vector<Like> of_post(store::Database& database, Id post, Id before, int count) {
  const auto result = database.read(sql::likes::of_post, store::params(post, before, count));
  std::vector<Like> likes;
  likes.reserve(result.size());
  for (const auto row : result)
    likes.push_back({row.integer(0), post, row.integer(1), row.time(2)});
  return likes;
}

}  // namespace feedctl::likes::queries
