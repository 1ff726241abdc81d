#pragma once
// Who runs a command of the shell, for the audit log.
//
// The name is for people: it proves nothing, since the user of a shell can set SUDO_USER. Pure
// functions of the process and its environment.
#include <optional>
#include <string>

#include "audit/audit.hpp"

namespace feedctl::cli {

// "ada (shell)": who called sudo, else the process's user.
audit::Actor shell_actor();

// The same of given names. A text that is no possible user name does not count; without any name it
// is "uid 1000 (shell)".
std::string shell_actor_name(const std::optional<std::string>& sudo_user,
                             const std::optional<std::string>& user, unsigned uid);

}  // namespace feedctl::cli
