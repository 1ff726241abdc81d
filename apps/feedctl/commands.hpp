#pragma once
// The table of subcommands. To add one: a file with its prepare function, its declaration and its
// row in commands.cpp.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/frame/spec.hpp"

namespace feedctl::cli {

// What the runtime may open for a command; config is loaded before run(), the rest on first use.
enum Needs : unsigned {
  needs_nothing = 0,
  needs_config = 1,
  needs_database = 2,  // database.url
  needs_owner = 4,     // database.owner_url
  needs_cache = 8,
  is_daemon = 16,     // logs at `log.level`; others only warnings
  takes_config = 32,  // takes the options of configuration, but loads it itself
  unguarded = 64,     // may open a database that is not fit for use: it says so, or mends it
};

struct Command {
  std::string_view name;     // "migrate up"
  std::string_view summary;  // one sentence for the list, no full stop
  std::string_view group;    // "" keeps it out of help
  unsigned needs;
  Run (*prepare)(Spec& spec);
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);
// The commands below a word that is none itself ("migrate" -> up, status, verify).
std::vector<const Command*> commands_below(std::string_view word);
// The words that may follow `prefix` ("" -> migrate, serve, ..; "migrate" -> up, ..).
std::vector<std::string> next_words(std::string_view prefix);

}  // namespace feedctl::cli
