#pragma once
// Check of the disk: what a commit costs (fdatasync) and how much space is free. It writes one file
// in the folder and unlinks it at once.
#include <string>

#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

// Only the free space, as the finding `name`.
void check_free_space(Findings& findings, const std::string& name, const std::string& dir);
void check_disk(Findings& findings, const std::string& dir);

}  // namespace feedctl::operations
