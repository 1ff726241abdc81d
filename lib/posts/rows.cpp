#include "posts/rows.hpp"

#include "sql/posts.hpp"

namespace feedctl::posts {

std::vector<Post> load(store::Database& database, std::span<const Id> ids,
                       std::optional<Id> actor) {
  std::vector<Post> posts;
  if (ids.empty()) return posts;
  const std::vector<std::int64_t> asked(ids.begin(), ids.end());
  const auto found = database.read(sql::posts::load, store::params(asked, actor));
  posts.reserve(found.size());
  for (const auto row : found) posts.push_back(from_row(row));
  return posts;
}

Post from_row(const store::Row& row, int first) {
  Post post;
  post.id = row.integer(first);
  if (const auto author = row.maybe_integer(first + 1)) {
    post.author =
        Author{*author, std::string(row.text(first + 2)), std::string(row.text(first + 3))};
  }
  post.text = row.text(first + 4);
  post.like_count = row.integer(first + 5);
  post.view_count = row.integer(first + 6);
  if (!row.null(first + 7)) post.liked = row.boolean(first + 7);
  post.created_at = row.time(first + 8);
  return post;
}

namespace rows {

Created create(store::Database& database, std::optional<Id> author, const std::string& text,
               commands::Command& command) {
  auto params = store::params(author, text);
  commands::add_key(params, command);
  const auto made =
      commands::with_key(command, [&] { return database.command(sql::posts::create, params); });
  const auto row = made.only();
  auto replay = commands::settle(command, row, 9);
  if (row.null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

store::Result of_author(store::Database& database, Id author, Id before, int count,
                        std::optional<Id> actor) {
  return database.read(sql::posts::of_author, store::params(author, before, count, actor));
}

AuthorList newest_of_author(store::Database& database, Id author, int most) {
  AuthorList list;
  const auto found = database.read(sql::posts::newest_of_author, store::params(author, most));
  for (const auto row : found) list.posts.push_back(row.integer(0));
  list.whole = found.size() < static_cast<std::size_t>(most);
  return list;
}

Removal remove(store::WriteTx& tx, Id id, std::optional<Id> actor, bool admin,
               commands::Command& command) {
  auto params = store::params(id, actor, admin);
  commands::add_key(params, command);
  const auto result = tx.query(sql::posts::remove, params);
  const auto row = result.only();
  return {row.boolean(0), row.boolean(1), row.boolean(2), commands::settle(command, row, 3)};
}

void remove_traces(store::WriteTx& tx, Id id) {
  tx.query(sql::posts::remove_traces, store::params(id));
}

}  // namespace rows
}  // namespace feedctl::posts
