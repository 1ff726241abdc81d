#pragma once
// The SQL of users, one statement a call. Errors are those of the store. Thread-safe.
#include <optional>
#include <string>
#include <vector>

#include "users/users.hpp"

namespace feedctl::users::queries {

struct ChangeRow {
  std::optional<User> user;  // nullopt without a replay: the handle is taken, or no such user
  std::optional<commands::Replay> replay;
  // Of change(): "fixed" or "taken" (reserved, too) for the handle; nothing has changed.
  std::optional<std::string> refusal = {};
};
ChangeRow create(store::Database& database, const NewUser& user, commands::Command& command);
std::optional<User> by_id(store::Database& database, Id id);
std::optional<User> by_handle(store::Database& database, std::string_view handle);
std::optional<Account> account_by_id(store::Database& database, Id id);
std::optional<Account> account_by_handle(store::Database& database, std::string_view handle);
Account account_from_row(const store::Row& row);  // the columns of account.sql
std::vector<Account> list(store::Database& database, Id before, int limit);
ChangeRow change(store::Database& database, Id id, const ProfileChange& profile,
                 std::optional<std::string_view> role, commands::Command& command);

}  // namespace feedctl::users::queries
