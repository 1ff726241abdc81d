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

// Parts of them, which the manual has too.
std::vector<Example> overview_examples();
std::string option_names(const Option& option);    // "-n, --limit"
std::string option_meaning(const Option& option);  // "at most so many (default 64)"
std::string usage_arguments(const Spec& spec);     // " --url URL [options] [ID...]"
std::string to_sentence(std::string_view text);

// The right column is wrapped at 80 characters.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace feedctl::cli
