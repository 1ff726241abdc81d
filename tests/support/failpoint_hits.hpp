#pragma once
// Failpoints of feedctl processes: which exist, and which were hit.
#include <filesystem>
#include <set>
#include <string>

#include "support/temp_folder.hpp"

namespace feedctl::support {

// The names that the feedctl binary of this build declares; empty if it has no failpoints.
std::set<std::string> declared_failpoints();

// The file to which processes append the name of each point that they hit. Owns it.
class FailpointHits {
 public:
  // For the environment of the processes.
  std::string environment_variable() const { return "FEEDCTL_FAILPOINT_HITS=" + path().string(); }
  std::set<std::string> read() const;
  bool has(const std::string& point) const { return read().count(point) != 0; }

 private:
  std::filesystem::path path() const { return folder_.path() / "hits"; }

  TempFolder folder_;
};

}  // namespace feedctl::support
