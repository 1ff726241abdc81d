#include "users/queries.hpp"

#include "sql/users.hpp"

namespace feedctl::users::queries {

namespace {

std::optional<User> first_user(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return from_row(rows[0]);
}

std::optional<Account> first_account(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return account_from_row(rows[0]);
}

ChangeRow run_change(store::Database& database, const store::Query& query, store::Params params,
                     commands::Command& command) {
  params.add(command.key ? std::optional(command.key->user) : std::nullopt);
  commands::add_key_params(params, command);
  const auto rows =
      commands::retry_with_key(command, [&] { return database.execute(query, params); });
  const auto row = rows.single_row();
  auto replay = commands::read_replay(command, row, 7);
  if (row.is_null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

}  // namespace

ChangeRow create(store::Database& database, const NewUser& user, commands::Command& command) {
  return run_change(database, sql::users::create,
                    store::params(user.handle, user.name, to_string(user.role)), command);
}

std::optional<User> by_id(store::Database& database, Id id) {
  return first_user(database.read(sql::users::by_id, store::params(id)));
}

std::optional<User> by_handle(store::Database& database, std::string_view handle) {
  return first_user(database.read(sql::users::by_handle, store::params(handle)));
}

Account account_from_row(const store::Row& row) {
  Account account{from_row(row)};
  if (!row.is_null(7)) account.suspended_at = row.time(7);
  account.suspended_reason = row.maybe_text(8);
  return account;
}

std::optional<Account> account_by_id(store::Database& database, Id id) {
  return first_account(database.read(sql::users::account, store::params(id)));
}

std::optional<Account> account_by_handle(store::Database& database, std::string_view handle) {
  return first_account(database.read(sql::users::account_by_handle, store::params(handle)));
}

std::vector<Account> list(store::Database& database, Id before, int limit) {
  std::vector<Account> accounts;
  const auto found = database.read(sql::users::list, store::params(before, limit));
  for (const auto row : found) accounts.push_back(account_from_row(row));
  return accounts;
}

ChangeRow change(store::Database& database, Id id, const std::optional<std::string>& name,
                 std::optional<std::string_view> role, commands::Command& command) {
  return run_change(database, sql::users::change, store::params(id, name, role), command);
}

}  // namespace feedctl::users::queries
