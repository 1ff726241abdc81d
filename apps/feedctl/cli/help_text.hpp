#pragma once
// Help texts, made from the command table and the commands' specs. Plain functions; they read no
// configuration and open no connection.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feedctl/commands.hpp"

namespace feedctl::cli {

std::string help_overview();
std::string help_of_group(std::string_view group);
std::string help_of(const Command& command);

// The right column is wrapped at 80 characters.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace feedctl::cli
