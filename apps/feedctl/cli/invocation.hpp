#pragma once
// Parsed command line of one command: its options, the common options and the configuration flags.
//
// Used by the main thread. Every mistake is an Error(usage) with a hint. It opens and reads
// nothing.
#include <string>
#include <vector>

#include "config/load.hpp"
#include "feedctl/cli/common_options.hpp"
#include "feedctl/commands.hpp"

namespace feedctl::cli {

struct Invocation {
  Spec spec;
  Spec common_spec;
  CommonOptions common;
  std::vector<config::FlagValue> flags;
  CommandFn run;
};

// Binds `arguments` to the command's variables and the common options. The options point into
// `invocation`, so it must not move.
void parse(const Command& command, const std::vector<std::string>& arguments,
           Invocation& invocation);

}  // namespace feedctl::cli
