#pragma once
// What the database says now about the account of a token. Thread-safe. Errors as of Database.
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

struct Account {
  std::string role;
  std::int32_t token_version;
};

// nullopt: a deleted or unknown user.
std::optional<Account> load_account(store::Database& database, Id user_id);

}  // namespace feedctl::auth
