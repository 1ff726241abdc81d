#pragma once
// Finds or makes the user that an account of another network becomes. Plain functions; errors are
// those of the store.
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "imports/import_sink.hpp"
#include "store/database.hpp"

namespace feedctl::imports {

struct AccountUser {
  Id id = 0;
  std::string handle;
};

// Error(bad_data) for an account without a usable id.
void check_account(const ImportedAccount& account);

// The living user that the account became before.
std::optional<AccountUser> find_account_user(store::Database& database,
                                             const ImportedAccount& account);

// The same user again. For a new account: the user `as_handle`, made where nobody has the handle,
// or a new user with a free handle like the account's. One transaction; several imports of an
// account at once get one user. Error(bad_data) for an account without a usable id, and for one
// that became another user than `as_handle` before. Error(usage) where `as_handle` is no handle.
AccountUser claim_account_user(store::Database& database, const ImportedAccount& account,
                               const std::optional<std::string>& as_handle);

// Error(usage) where the text is no handle.
void check_as_handle(const std::string& as_handle);

// The handle that claim_account_user() would give a new account.
std::string find_free_handle(store::Database& database, const ImportedAccount& account);

}  // namespace feedctl::imports
