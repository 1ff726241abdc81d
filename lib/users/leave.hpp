#pragma once
// An account leaves: in one statement it is gone for everybody, and its event has what it leaves
// behind removed in the background. Thread-safe.
#include "base/ids.hpp"
#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::users {

// Error(not_found) for no living user. With a key: see commands/command.hpp.
void leave(store::Database& database, Id account, commands::Command& command);

}  // namespace feedctl::users
