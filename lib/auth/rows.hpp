#pragma once
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

// nullopt: no living user.
std::optional<std::string> role_of(store::Database& database, Id user_id);

}  // namespace feedctl::auth
