#include "likes/rows.hpp"

#include <utility>

#include "sql/likes.hpp"

namespace feedctl::likes::rows {

namespace {

std::optional<Like> like_in(const store::Row& row, int first, Id user, Id post) {
  if (row.null(first)) return std::nullopt;
  return Like{row.integer(first), post, user, row.time(first + 1)};
}

}  // namespace

Liked liked(commands::Command& command, const commands::Reply& reply, Id user, Id post) {
  const auto row = reply.row();
  auto replay = commands::settle(command, row, 6);
  auto made = like_in(row, 2, user, post);
  auto there = like_in(row, 4, user, post);
  if (reply.shared && made) there = std::exchange(made, std::nullopt);
  const auto doubt = reply.shared ? std::nullopt : reply.doubt;
  return {row.boolean(1), made, there, doubt, std::move(replay)};
}

bool any_made(const store::Result& rows) {
  for (const auto row : rows) {
    if (!row.null(2)) return true;
  }
  return false;
}

bool any_gone(const store::Result& rows) {
  for (const auto row : rows) {
    if (row.boolean(2)) return true;
  }
  return false;
}

bool tells_all(const commands::Reply& reply) {
  const auto row = reply.row();
  const bool replayed = !row.null(6);
  const bool made = !row.null(2), there = !row.null(4), found = row.boolean(1);
  return !replayed && (!found || made || (there && !reply.doubt));
}

Unliked unliked(commands::Command& command, const commands::Reply& reply) {
  const auto row = reply.row();
  auto replay = commands::settle(command, row, 3);
  const bool found = row.boolean(1);
  // Where an earlier attempt may have taken it away, its absence is the answer.
  const bool done = !reply.shared && (row.boolean(2) || (found && reply.doubt));
  return {found, done, std::move(replay)};
}

bool made_since(store::Database& database, Id user, Id post,
                std::chrono::steady_clock::time_point since) {
  const auto result = database.read(sql::likes::age, store::params(user, post));
  if (result.empty()) return false;
  const std::chrono::microseconds age{result.only().integer(0)};
  // Of a like in the future, made before the clock was put back, that is no less.
  return std::chrono::abs(age) <= std::chrono::steady_clock::now() - since;
}

Found find(store::Database& database, Id user, Id post) {
  const auto result = database.read(sql::likes::find, store::params(user, post));
  if (result.empty()) return {false, std::nullopt, {}};
  const auto row = result.only();
  std::string snapshot(row.text(2));
  if (row.null(0)) return {true, std::nullopt, std::move(snapshot)};
  return {true, Like{row.integer(0), post, user, row.time(1)}, std::move(snapshot)};
}

std::optional<Aggregates> aggregates(store::Database& database, Id post) {
  const auto result = database.read(sql::likes::aggregates, store::params(post));
  if (result.empty()) return std::nullopt;
  const auto row = result.only();
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

}  // namespace feedctl::likes::rows
