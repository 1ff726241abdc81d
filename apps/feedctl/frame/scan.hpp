#pragma once
// Writes argv in the form in which CLI11 takes every value as it stands. Options and plain words
// come in any order, as with getopt_long: "--name value", "--name=value", "-n value", "-nvalue",
// "-n=value", "-qv"; after "--" every word is plain.
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/frame/option_table.hpp"

namespace feedctl::cli {

struct CommandLine {
  std::vector<std::string> argv;   // each option and each value in a word of its own
  std::vector<std::string> words;  // those of argv that are no option and no value
};

// "--limit" and "-5", but neither "-" nor "5".
bool is_option_word(std::string_view word);

// The option in `word` that takes the next word of argv as its value; nullptr where none does.
const Option* awaits_value(const OptionTable& table, const std::string& word);

// Error(usage) where an option is unknown or is a switch with a value.
CommandLine scan(const OptionTable& table, const std::vector<std::string>& arguments);

}  // namespace feedctl::cli
