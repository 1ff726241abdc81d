#pragma once
// Checks of feedctl's units, where systemd runs, and of the backups of pgBackRest, where that is
// installed. Both ask a program, for at most ten seconds.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operations/doctor_checks.hpp"

namespace feedctl::cli::checkup {

using UnitProperties = std::map<std::string, std::string>;

// The output of `systemctl show`: blocks of NAME=value lines.
std::vector<UnitProperties> parse_units(std::string_view text);
void check_units(operations::Findings& findings, const std::vector<UnitProperties>& units);

// Nothing where systemd does not run.
void check_systemd(operations::Findings& findings);
void check_base_backup(operations::Findings& findings);

}  // namespace feedctl::cli::checkup
