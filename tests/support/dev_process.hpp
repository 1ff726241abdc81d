#pragma once
// `feedctl dev` as a real process in a folder of the test's own.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {

struct StateFolder : TempFolder {
  StateFolder() : TempFolder("feedctl-test-", server_data_root()) {}
};

std::vector<std::string> dev_command(const std::filesystem::path& state, int port);

// Ended in order: where it is killed its servers still write while their folder is being removed.
struct StopAndDelete {
  void operator()(BackgroundProcess* dev) const {
    dev->stop(std::chrono::milliseconds{60'000});
    delete dev;
  }
};
using Dev = std::unique_ptr<BackgroundProcess, StopAndDelete>;

// Returns once it is ready; fails the test, with its output, where it is not.
Dev start_dev(const std::filesystem::path& state, int port,
              const std::vector<std::string>& more = {}, const RunOptions& options = {});

}  // namespace feedctl::support
