#pragma once
// Environment of `feedctl dev` and its child processes: removes variables that would name other
// servers or settings. Plain function.
#include <string>
#include <vector>

namespace feedctl::cli {

struct DevEnvironment {
  std::vector<std::string> kept;  // feedctl's settings that apply here, such as FEEDCTL_LOG_LEVEL
  std::vector<std::string> removed;  // removed variables that other commands would use
};

// Call it before any thread starts.
DevEnvironment sanitize_dev_environment();

}  // namespace feedctl::cli
