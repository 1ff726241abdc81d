#include "posts/queries.hpp"

#include "sql/posts.hpp"

namespace feedctl::posts::queries {

namespace {

CreateRow run_create(store::Database& database, const store::Query& query,
                     const store::Params& params, commands::Command& command) {
  const auto made =
      commands::retry_with_key(command, [&] { return database.execute(query, params); });
  const auto row = made.single_row();
  auto replay = commands::read_replay(command, row, row_columns);
  if (row.is_null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

}  // namespace

CreateRow create(store::Database& database, std::optional<Id> author, const std::string& text,
                 commands::Command& command) {
  auto params = store::params(author, text);
  commands::add_key_params(params, command);
  return run_create(database, sql::posts::create, params, command);
}

DraftRow draft(store::Database& database, std::optional<Id> author, commands::Command& command) {
  auto params = store::params(author);
  commands::add_key_params(params, command);
  const auto drawn = database.execute(sql::posts::draft, params);
  const auto row = drawn.single_row();
  return {row.maybe_integer(0), commands::read_replay(command, row, 1)};
}

CreateRow create_with_image(store::Database& database, Id id, std::optional<Id> author,
                            const std::string& text, const media::StagedImage& image,
                            commands::Command& command) {
  auto params = store::params(author, text);
  commands::add_key_params(params, command).add(id);
  media::add_params(params, image);
  return run_create(database, sql::posts::create_with_image, params, command);
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

namespace {

ModerationRow moderation_row(const store::Result& result, commands::Command& command) {
  const auto row = result.single_row();
  return {row.boolean(0), row.boolean(1), row.maybe_text(2),
          commands::read_replay(command, row, 3)};
}

ModeratedPost moderated_from(const store::Row& row) {
  ModeratedPost found{from_row(row), std::nullopt, row.maybe_text(row_columns + 1)};
  if (!row.is_null(row_columns)) found.hidden_at = row.time(row_columns);
  return found;
}

store::Result search_rows(store::Database& database, const PostSearch& search,
                          std::optional<Id> author, Id before, int max_scanned, int max_posts) {
  if (search.state == PostSearch::State::hidden)
    return database.read(sql::posts::search_hidden,
                         store::params(before, max_scanned, search.text, max_posts, author));
  const bool only_visible = search.state == PostSearch::State::visible;
  auto params = store::params(before, max_scanned, search.text, only_visible, max_posts);
  if (!author) return database.read(sql::posts::search_newest, params);
  params.add(*author);
  return database.read(sql::posts::search_of_author, params);
}

}  // namespace

ModerationRow hide(store::WriteTx& tx, Id id, const std::optional<std::string>& reason,
                   std::optional<Id> moderator, commands::Command& command) {
  tx.query(sql::posts::lock, store::params(id));
  auto params = store::params(id, reason, moderator);
  commands::add_key_params(params, command);
  return moderation_row(tx.query(sql::posts::hide, params), command);
}

ModerationRow unhide(store::WriteTx& tx, Id id, std::optional<Id> moderator,
                     commands::Command& command) {
  tx.query(sql::posts::lock, store::params(id));
  auto params = store::params(id, moderator);
  commands::add_key_params(params, command);
  return moderation_row(tx.query(sql::posts::unhide, params), command);
}

std::optional<ModeratedPost> moderated(store::WriteTx& tx, Id id) {
  const auto rows = tx.query(sql::posts::moderated, store::params(std::vector<std::int64_t>{id}));
  return rows.empty() ? std::nullopt : std::optional(moderated_from(rows.single_row()));
}

std::vector<ModeratedPost> moderated(store::Database& database, const std::vector<Id>& ids) {
  std::vector<ModeratedPost> posts;
  if (ids.empty()) return posts;
  const auto rows = database.read(sql::posts::moderated, store::params(ids));
  for (const auto row : rows) posts.push_back(moderated_from(row));
  return posts;
}

SearchRow search(store::Database& database, const PostSearch& search, std::optional<Id> author,
                 Id before, int max_scanned, int max_posts) {
  const auto rows = search_rows(database, search, author, before, max_scanned, max_posts);
  const auto row = rows.single_row();
  return {row.integers(0), row.integer(1), row.maybe_integer(2)};
}

}  // namespace feedctl::posts::queries
