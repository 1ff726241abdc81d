#pragma once
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

// The role in the database now; nullopt: a deleted or unknown user.
std::optional<std::string> load_role(store::Database& database, Id user_id);

}  // namespace feedctl::auth
