#pragma once
// Check of the disk: what a commit costs (fdatasync) and how much space is free. It writes one file
// in the folder and unlinks it at once.
#include <string>

#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

void check_disk(Findings& findings, const std::string& dir);

}  // namespace feedctl::operations
