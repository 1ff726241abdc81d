#pragma once
// The transaction behind Users::change_role(), and the rule that an admin stays. Thread-safe.
// Errors: not_found for no living user, conflict for the last admin, and those of the store. With
// a key: see commands/command.hpp.
#include "users/users.hpp"

namespace feedctl::users {

Users::RoleChange change_role(store::Database& database, Id id, Role role,
                              const Users::RoleRules& rules, commands::Command& command,
                              const std::optional<audit::Actor>& by);

// Error(conflict) if no other admin than `id` could act. Until the end of the transaction, no other
// transaction that calls this ends an admin's rights.
void require_other_admin(store::WriteTx& tx, Id id);

}  // namespace feedctl::users
