#pragma once
// The machine and the limits that hold for this process, as text: system, memory, control group,
// disk, clock, and the feedctl processes. Plain function; any thread.
#include <string>
#include <vector>

namespace feedctl::cli::support_bundle {

// `folders`: whose free space it tells.
std::string machine_report(const std::vector<std::string>& folders);

}  // namespace feedctl::cli::support_bundle
