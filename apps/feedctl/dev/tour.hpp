#pragma once
#include <filesystem>
#include <string>

#include "localstack/stack.hpp"

namespace feedctl::cli {

// Where everything is, and lines to try it with, naming people and posts that are there.
std::string tour(const localstack::Stack& stack, const std::filesystem::path& config, int port);

}  // namespace feedctl::cli
