#pragma once
#include <optional>
#include <string>
#include <vector>

#include "users/users.hpp"

namespace feedctl::users::rows {

struct Changed {
  std::optional<User> user;  // nullopt without replay: the handle is taken, no living user
  std::optional<commands::Replay> replay;
};
Changed create(store::Database& database, const NewUser& user, commands::Command& command);
std::optional<User> by_id(store::Database& database, Id id);
std::optional<User> by_handle(store::Database& database, std::string_view handle);
std::vector<User> list(store::Database& database, Id before, int limit);
Changed change(store::Database& database, Id id, const std::optional<std::string>& name,
               std::optional<std::string_view> role, commands::Command& command);

}  // namespace feedctl::users::rows
