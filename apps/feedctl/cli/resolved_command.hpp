#pragma once
// Finds the command that argv names, and separates its words from its arguments.
//
// Plain function for the main thread. Error(usage), with a hint, for an unknown command or an
// argument that is not UTF-8.
#include <string>
#include <vector>

#include "feedctl/commands.hpp"

namespace feedctl::cli {

struct ResolvedCommand {
  const Command* command = nullptr;    // nullptr: help for `command_path`
  std::string command_path;            // "migrate up", a group such as "migrate", or ""
  std::vector<std::string> arguments;  // the rest of argv
};

// The command's options may stand before it, too.
ResolvedCommand resolve_command(const std::vector<std::string>& arguments);

}  // namespace feedctl::cli
