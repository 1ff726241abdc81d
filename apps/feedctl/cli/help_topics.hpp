#pragma once
// Topics of `feedctl help TOPIC` that belong to no command, such as exit codes. Plain functions.
#include <span>
#include <string>
#include <string_view>

namespace feedctl::cli {

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string (*text)();
};
std::span<const Topic> help_topics();

}  // namespace feedctl::cli
