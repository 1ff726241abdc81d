#pragma once
// The audit log: who changed what by an admin route, the console or a command of the shell.
//
// An entry commits together with the change that it describes. Errors are those of the store.
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::audit {

// Who makes a change.
struct Actor {
  std::optional<Id> user;  // nullopt: a command of the shell
  std::optional<std::string>
      name;                // of the shell's user, "root (shell)"; nullopt: the user's handle
  std::string request_id;  // empty for commands of the shell
};

struct Entry {
  std::string action;                 // "page.update", "user.suspend", "dead_event.retry"
  std::string object;                 // "page:12", "user:7", "dead_event:3"
  std::optional<std::string> before;  // JSON objects: the members that changed
  std::optional<std::string> after;
};

void append(store::WriteTx& tx, const Actor& actor, const Entry& entry);

}  // namespace feedctl::audit
