#pragma once
#include <optional>
#include <string>
#include <vector>

#include "users/users.hpp"

namespace feedctl::users::rows {

// nullopt: the handle is taken.
std::optional<User> create(store::Database& database, const NewUser& user);
std::optional<User> by_id(store::Database& database, Id id);
std::optional<User> by_handle(store::Database& database, std::string_view handle);
std::vector<User> list(store::Database& database, Id before, int limit);
// nullopt: no living user.
std::optional<User> change(store::Database& database, Id id, const std::optional<std::string>& name,
                           std::optional<std::string_view> role);

}  // namespace feedctl::users::rows
