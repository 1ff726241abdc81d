#include "users/rows.hpp"

#include "sql/users.hpp"

namespace feedctl::users {

namespace {

std::optional<User> maybe(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return from_row(rows[0]);
}

}  // namespace

User from_row(const store::Row& row, int first) {
  User user;
  user.id = row.integer(first);
  user.handle = row.text(first + 1);
  user.name = row.text(first + 2);
  user.role = role_of(row.text(first + 3));
  user.followers = row.integer(first + 4);
  user.following = row.integer(first + 5);
  user.created_at = row.time(first + 6);
  return user;
}

namespace rows {

namespace {

Changed run(store::Database& database, const store::Query& query, store::Params params,
            commands::Command& command) {
  params.add(command.key ? std::optional(command.key->user) : std::nullopt);
  commands::add_key(params, command);
  const auto rows = commands::with_key(command, [&] { return database.command(query, params); });
  const auto row = rows.only();
  auto replay = commands::settle(command, row, 7);
  if (row.null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

}  // namespace

Changed create(store::Database& database, const NewUser& user, commands::Command& command) {
  return run(database, sql::users::create,
             store::params(user.handle, user.name, to_string(user.role)), command);
}

std::optional<User> by_id(store::Database& database, Id id) {
  return maybe(database.read(sql::users::by_id, store::params(id)));
}

std::optional<User> by_handle(store::Database& database, std::string_view handle) {
  return maybe(database.read(sql::users::by_handle, store::params(handle)));
}

std::vector<User> list(store::Database& database, Id before, int limit) {
  std::vector<User> users;
  const auto found = database.read(sql::users::list, store::params(before, limit));
  for (const auto row : found) users.push_back(from_row(row));
  return users;
}

Changed change(store::Database& database, Id id, const std::optional<std::string>& name,
               std::optional<std::string_view> role, commands::Command& command) {
  return run(database, sql::users::change, store::params(id, name, role), command);
}

}  // namespace rows
}  // namespace feedctl::users
