#pragma once
// The transactions behind Users::suspend(), reinstate() and end_sign_ins(). Thread-safe. Errors:
// not_found for no living user, and those of the store. With a key: see commands/command.hpp.
#include "users/users.hpp"

namespace feedctl::users {

Users::StateChange suspend(store::Database& database, Id id,
                           const std::optional<std::string>& reason,
                           std::chrono::seconds max_token_ttl, commands::Command& command,
                           const std::optional<audit::Actor>& by);
Users::StateChange reinstate(store::Database& database, Id id, commands::Command& command,
                             const std::optional<audit::Actor>& by);
Users::EndedSignIns end_sign_ins(store::Database& database, Id id,
                                 std::chrono::seconds max_token_ttl,
                                 const std::optional<audit::Actor>& by);

}  // namespace feedctl::users
