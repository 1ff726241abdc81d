#include "users/queries.hpp"

#include "sql/users.hpp"
#include "users/reserved_handles.hpp"

namespace feedctl::users::queries {

namespace {

std::optional<User> first_user(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return from_row(rows[0]);
}

constexpr int replay_column = 8;
constexpr int refusal_column = 13;
constexpr int old_handle_column = 14, old_name_column = 15;

std::optional<Account> first_account(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return account_from_row(rows[0]);
}

std::optional<audit::Entry> creation_entry(const store::Row& row) {
  if (row.is_null(0)) return std::nullopt;
  std::string after;
  json::Writer writer(after);
  writer.open_object().text("handle", row.text(1)).text("role", row.text(3)).close_object();
  return audit::Entry{"user.create", "user:" + std::to_string(row.integer(0)), std::nullopt, after};
}

// The members of a profile that a change gives other values, before or after it.
std::string profile_json(const store::Row& row, int handle_column, int name_column) {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  if (row.text(1) != row.text(old_handle_column)) writer.text("handle", row.text(handle_column));
  if (row.text(2) != row.text(old_name_column)) writer.text("name", row.text(name_column));
  writer.close_object();
  return out;
}

std::optional<audit::Entry> profile_entry(const store::Row& row) {
  if (row.is_null(0) || !row.is_null(refusal_column)) return std::nullopt;
  auto before = profile_json(row, old_handle_column, old_name_column);
  auto after = profile_json(row, 1, 2);
  if (before == after) return std::nullopt;
  return audit::Entry{"user.update", "user:" + std::to_string(row.integer(0)), std::move(before),
                      std::move(after)};
}

store::Params change_params(Id id, const ProfileChange& profile,
                            std::optional<std::string_view> role,
                            const commands::Command& command) {
  const bool is_reserved = profile.handle && is_reserved_handle(*profile.handle);
  auto params = store::params(id, profile.name, role, profile.handle, is_reserved);
  return add_command_params(params, command);
}

ChangeRow change_row(const store::Row& row, commands::Command& command) {
  auto replay = commands::read_replay(command, row, replay_column);
  if (row.is_null(0)) return {std::nullopt, std::move(replay)};
  return {from_row(row), std::nullopt};
}

}  // namespace

store::Params& add_command_params(store::Params& params, const commands::Command& command) {
  params.add(command.key ? std::optional<std::int64_t>(command.key->user) : std::nullopt);
  return commands::add_key_params(params, command);
}

store::Result run_keyed(store::Database& database, const store::Query& query,
                        const store::Params& params, const commands::Command& command,
                        const std::optional<audit::Actor>& by, const EntryOf& entry_of,
                        const Check& check) {
  return commands::retry_with_key(command, [&] {
    if (!by) return database.execute(query, params);
    auto tx = database.write();
    if (check) check(tx);
    auto rows = tx.query(query, params);
    if (const auto entry = entry_of(rows.single_row())) audit::append(tx, *by, *entry);
    tx.commit();
    return rows;
  });
}

ChangeRow create(store::Database& database, const NewUser& user, commands::Command& command,
                 const std::optional<audit::Actor>& by) {
  auto params = store::params(user.handle, user.name, to_string(user.role));
  add_command_params(params, command);
  const auto rows = run_keyed(database, sql::users::create, params, command, by, creation_entry);
  return change_row(rows.single_row(), command);
}

std::optional<User> by_id(store::Database& database, Id id) {
  return first_user(database.read(sql::users::by_id, store::params(id)));
}

std::optional<User> by_handle(store::Database& database, std::string_view handle) {
  return first_user(database.read(sql::users::by_handle, store::params(handle)));
}

Account account_from_row(const store::Row& row) {
  Account account{from_row(row)};
  if (!row.is_null(8)) account.suspended_at = row.time(8);
  account.suspended_reason = row.maybe_text(9);
  return account;
}

Account listed_account_from_row(const store::Row& row) {
  auto account = account_from_row(row);
  if (!row.is_null(10)) account.last_seen_at = row.time(10);
  return account;
}

std::optional<Account> account_by_id(store::Database& database, Id id) {
  const auto rows = database.read(sql::users::account, store::params(id));
  if (rows.empty()) return std::nullopt;
  return listed_account_from_row(rows[0]);
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

std::vector<Id> sample(store::Database& database, int limit) {
  std::vector<Id> ids;
  const auto found = database.read(sql::users::sample, store::params(limit));
  for (const auto row : found) ids.push_back(row.integer(0));
  return ids;
}

ChangeRow change(store::Database& database, Id id, const ProfileChange& profile,
                 commands::Command& command, const std::optional<audit::Actor>& by) {
  const auto params = change_params(id, profile, std::nullopt, command);
  const auto rows = run_keyed(database, sql::users::change, params, command, by, profile_entry);
  const auto row = rows.single_row();
  auto changed = change_row(row, command);
  changed.refusal = row.maybe_text(refusal_column);
  return changed;
}

ChangeRow change_role(store::WriteTx& tx, Id id, std::string_view role,
                      commands::Command& command) {
  const auto rows = tx.query(sql::users::change, change_params(id, {}, role, command));
  return change_row(rows.single_row(), command);
}

}  // namespace feedctl::users::queries
