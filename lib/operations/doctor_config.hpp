#pragma once
// Check of the configuration: where it comes from, its warnings, and who can reach the server.
#include "config/load.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

void check_config(Findings& findings, const config::LoadedConfig& loaded);

}  // namespace feedctl::operations
