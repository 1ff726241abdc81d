#pragma once
// The list of accounts for administrators: behind Users::find_accounts(). Thread-safe. Errors:
// invalid_argument for a bad search, and those of the store.
#include "users/users.hpp"

namespace feedctl::users {

Users::AccountPage find_accounts(store::Database& database, const Users::AccountFilter& filter,
                                 Id before, int limit);

}  // namespace feedctl::users
