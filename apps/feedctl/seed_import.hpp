#pragma once
// `feedctl seed --import`: imports archives of other networks. For the main thread; errors are
// those of lib/imports.
#include <optional>
#include <string>
#include <vector>

namespace feedctl::cli {

class Runtime;

struct ImportCommand {
  std::vector<std::string> files;
  std::optional<std::string> as_handle;
  bool without_replies = false;
};

// Imports the files one after the other and prints a line for each. Returns the exit code.
int run_import(Runtime& runtime, const ImportCommand& command);

}  // namespace feedctl::cli
