#pragma once
// Deletes an account. After one statement nobody sees it any more; its event starts the background
// jobs of account_cleanup, which delete its rows. Thread-safe.
#include <optional>

#include "audit/audit.hpp"
#include "base/ids.hpp"
#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::users {

// Error(not_found) for no living user, and suspended() unless `even_suspended`. `by`: an
// administrator, for the audit log, who cannot delete the last admin: Error(conflict). With a key:
// see commands/command.hpp.
void delete_account(store::Database& database, Id account, commands::Command& command,
                    bool even_suspended, const std::optional<audit::Actor>& by);

}  // namespace feedctl::users
