#pragma once
// `feedctl dev` in a folder of the test's own, ended in order; and its child processes.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl {

struct StateFolder : support::TempFolder {
  StateFolder() : TempFolder("feedctl-test-", support::server_data_root()) {}
};

std::vector<std::string> dev_command(const std::filesystem::path& state, int port);

// Ended in order: where it is killed its servers still write while their folder is being removed.
struct StopAndDelete {
  void operator()(support::BackgroundProcess* dev) const {
    dev->stop(std::chrono::milliseconds{60'000});
    delete dev;
  }
};
using Dev = std::unique_ptr<support::BackgroundProcess, StopAndDelete>;

// Returns once it is ready; fails the test, with its output, where it is not.
Dev start_dev(const std::filesystem::path& state, int port,
              const std::vector<std::string>& more = {}, const support::RunOptions& options = {});

// A field of /proc/PID/status, "" where there is no such process.
std::string field(pid_t pid, const std::string& name);

// Every process below `parent`, by pid, with its command line.
std::map<pid_t, std::string> descendants(pid_t parent);

// The child of `dev` whose command line begins so (by its last path element), 0 where none does.
pid_t child_named(pid_t dev, const std::string& name);

}  // namespace feedctl
