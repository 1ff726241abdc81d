#include "likes/rows.hpp"

#include "sql/likes.hpp"

namespace feedctl::likes::rows {

namespace {

store::Result run(store::Database& database, const store::Query& query, Id user, Id post,
                  const commands::Command& command) {
  auto params = store::params(user, post);
  commands::add_key(params, command);
  return commands::with_key(command, [&] { return database.command(query, params); });
}

}  // namespace

Liked like(store::Database& database, Id user, Id post, commands::Command& command) {
  const auto result = run(database, sql::likes::like, user, post, command);
  const auto row = result.only();
  auto replay = commands::settle(command, row, 3);
  if (row.null(1)) return {row.boolean(0), std::nullopt, std::move(replay)};
  return {true, Like{row.integer(1), post, user, row.time(2)}, std::nullopt};
}

Unliked unlike(store::Database& database, Id user, Id post, commands::Command& command) {
  const auto result = run(database, sql::likes::unlike, user, post, command);
  const auto row = result.only();
  return {row.boolean(0), row.boolean(1), commands::settle(command, row, 2)};
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
