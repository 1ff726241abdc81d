#pragma once
// The SQL of users, one statement a call. Errors are those of the store. Thread-safe.
#include <functional>
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
ChangeRow create(store::Database& database, const NewUser& user, commands::Command& command,
                 const std::optional<audit::Actor>& by);
std::optional<User> by_id(store::Database& database, Id id);
std::optional<User> by_handle(store::Database& database, std::string_view handle);
std::optional<Account> account_by_id(store::Database& database, Id id);
std::optional<Account> account_by_handle(store::Database& database, std::string_view handle);
Account account_from_row(const store::Row& row);  // the columns of account_by_handle.sql
Account listed_account_from_row(
    const store::Row& row);  // of account.sql: when it was last seen, too
std::vector<Account> list(store::Database& database, Id before, int limit);
std::vector<Id> sample(store::Database& database, int limit);
ChangeRow change(store::Database& database, Id id, const ProfileChange& profile,
                 commands::Command& command, const std::optional<audit::Actor>& by);
ChangeRow change_role(store::WriteTx& tx, Id id, std::string_view role, commands::Command& command);

// Adds who asks and the key to a statement's parameters.
store::Params& add_command_params(store::Params& params, const commands::Command& command);
// Runs a keyed statement; with `by`, in one transaction with `check`, which comes first, and the
// entry that `entry_of` makes of its row.
using Check = std::function<void(store::WriteTx&)>;
using EntryOf = std::function<std::optional<audit::Entry>(const store::Row&)>;
store::Result run_keyed(store::Database& database, const store::Query& query,
                        const store::Params& params, const commands::Command& command,
                        const std::optional<audit::Actor>& by, const EntryOf& entry_of,
                        const Check& check = {});

}  // namespace feedctl::users::queries
