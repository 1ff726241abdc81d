#include "likes/rows.hpp"

#include "sql/likes.hpp"

namespace feedctl::likes::rows {

Liked like(store::Database& database, Id user, Id post) {
  const auto result = database.command(sql::likes::like, store::params(user, post));
  const auto row = result.only();
  if (row.null(1)) return {row.boolean(0), std::nullopt};
  return {true, Like{row.integer(1), post, user, row.time(2)}};
}

Unliked unlike(store::Database& database, Id user, Id post) {
  const auto result = database.command(sql::likes::unlike, store::params(user, post));
  const auto row = result.only();
  return {row.boolean(0), row.boolean(1)};
}

Found find(store::Database& database, Id user, Id post) {
  const auto result = database.read(sql::likes::find, store::params(user, post));
  if (result.empty()) return {false, std::nullopt};
  const auto row = result.only();
  if (row.null(0)) return {true, std::nullopt};
  return {true, Like{row.integer(0), post, user, row.time(1)}};
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
