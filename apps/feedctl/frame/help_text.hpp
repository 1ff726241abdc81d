#pragma once
// Help, from the table and the specs alone: no configuration, no connection.
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/commands.hpp"

namespace feedctl::cli {

std::string help_of_all();
std::string help_of_group(std::string_view word);
std::string help_of(const Command& command);

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string (*text)();
};
std::span<const Topic> help_topics();

// Two columns, the right one wrapped at 80.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace feedctl::cli
