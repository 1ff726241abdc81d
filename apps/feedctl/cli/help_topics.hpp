#pragma once
// Topics of `feedctl help TOPIC` that belong to no command, such as exit codes. Plain functions.
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::cli {

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string (*text)();
};
std::span<const Topic> help_topics();

// Variables that are no configuration, and their meanings.
std::vector<std::pair<std::string, std::string>> program_variables();

}  // namespace feedctl::cli
