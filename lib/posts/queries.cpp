#include "posts/queries.hpp"

#include "sql/posts.hpp"

namespace feedctl::posts::queries {

CreateRow create(store::Database& database, std::optional<Id> author, const std::string& text,
                 commands::Command& command) {
  auto params = store::params(author, text);
  commands::add_key_params(params, command);
  const auto made = commands::retry_with_key(
      command, [&] { return database.execute(sql::posts::create, params); });
  const auto row = made.single_row();
  auto replay = commands::read_replay(command, row, 9);
  if (row.is_null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

store::Result of_author(store::Database& database, Id author, Id before, int count,
                        std::optional<Id> actor) {
  return database.read(sql::posts::of_author, store::params(author, before, count, actor));
}

AuthorList newest_of_author(store::Database& database, Id author, int max_posts) {
  AuthorList list;
  const auto found = database.read(sql::posts::newest_of_author, store::params(author, max_posts));
  for (const auto row : found) list.posts.push_back(row.integer(0));
  list.is_complete = found.size() < static_cast<std::size_t>(max_posts);
  return list;
}

RemoveRow remove(store::WriteTx& tx, Id id, std::optional<Id> actor, bool admin,
                 commands::Command& command) {
  auto params = store::params(id, actor, admin);
  commands::add_key_params(params, command);
  const auto result = tx.query(sql::posts::remove, params);
  const auto row = result.single_row();
  return {row.boolean(0), row.boolean(1), row.boolean(2), commands::read_replay(command, row, 3)};
}

void delete_related_rows(store::WriteTx& tx, Id id) {
  tx.query(sql::posts::remove_traces, store::params(id));
}

}  // namespace feedctl::posts::queries
