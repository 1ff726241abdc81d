#pragma once
// argv to a command and its options. Everything wrong is an Error(usage) with a hint; nothing is
// opened or read.
#include <string>
#include <vector>

#include "config/load.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/frame/common_options.hpp"

namespace feedctl::cli {

struct Parsed {
  const Command* command = nullptr;    // nullptr: help for `word`
  std::string word;                    // a group such as "migrate", or ""
  std::vector<std::string> arguments;  // all but the command's words
};

// Finds the command. Its options may stand before it too.
Parsed read_command(const std::vector<std::string>& arguments);

struct Invocation {
  Spec spec;
  Spec common_spec;
  CommonOptions common;
  std::vector<config::FlagValue> flags;
  Run run;
};

// Binds `arguments` into the command's own variables and the common options. `invocation` must stay
// where it is: the options point into it.
void parse(const Command& command, const std::vector<std::string>& arguments,
           Invocation& invocation);

}  // namespace feedctl::cli
