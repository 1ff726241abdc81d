#pragma once
// Table of subcommands. A new one needs a file with its prepare function, and a declaration and a
// row in commands.cpp. A command that has subcommands of its own ("loadtest", "loadtest compare")
// takes no positional arguments. Constant data; thread-safe.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/cli/spec.hpp"

namespace feedctl::cli {

// What the runtime may open for a command. It loads the configuration before the command runs, and
// opens the rest on first use.
enum Needs : unsigned {
  needs_nothing = 0,
  needs_config = 1,
  needs_database = 2,  // database.url
  needs_owner = 4,     // database.owner_url
  needs_cache = 8,
  is_daemon = 16,              // logs at log.level; other commands log warnings only
  takes_config_options = 32,   // takes the configuration's options, but loads it itself
  allows_unfit_database = 64,  // may open a database whose guards fail, to report or repair it
  logs_progress = 128,         // logs at log.level, though it is no daemon
};

struct Command {
  std::string_view name;     // "migrate up"
  std::string_view summary;  // one sentence for the list, no full stop
  std::string_view group;    // "" keeps it out of help
  unsigned needs;
  CommandFn (*prepare)(Spec& spec);
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);
// The commands of a group ("migrate" -> up, status, verify).
std::vector<const Command*> subcommands_of(std::string_view group);
// The words that may follow `prefix` ("" -> migrate, serve, ..; "migrate" -> up, ..).
std::vector<std::string> next_words(std::string_view prefix);

}  // namespace feedctl::cli
