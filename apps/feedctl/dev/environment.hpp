#pragma once
// What `feedctl dev` takes of the environment it was started in, for itself and all it starts.
#include <string>
#include <vector>

namespace feedctl::cli {

struct DevEnvironment {
  std::vector<std::string> taken;    // settings of feedctl that count here: FEEDCTL_LOG_LEVEL
  std::vector<std::string> ignored;  // those that would count elsewhere, and are gone now
};

// Call it before there are threads.
DevEnvironment reduce_dev_environment();

}  // namespace feedctl::cli
