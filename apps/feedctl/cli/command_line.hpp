#pragma once
// Normalizes argv for CLI11: each option and each value becomes a word of its own.
//
// The syntax is that of getopt_long: options and words in any order, "--name value",
// "--name=value", "-n value", "-nvalue", "-n=value", "-qv"; after "--" no word is an option. Plain
// functions.
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/cli/option_table.hpp"

namespace feedctl::cli {

struct CommandLine {
  std::vector<std::string> argv;   // each option and each value in a word of its own
  std::vector<std::string> words;  // words that are neither options nor values
};

// "--limit" and "-5", but neither "-" nor "5".
bool is_option_word(std::string_view word);

// The option in `word` that takes the next word of argv as its value; nullptr if none does.
const Option* find_option_awaiting_value(const OptionTable& table, const std::string& word);

// Error(usage) for an unknown option, or a switch with a value.
CommandLine normalize_argv(const OptionTable& table, const std::vector<std::string>& arguments);

}  // namespace feedctl::cli
