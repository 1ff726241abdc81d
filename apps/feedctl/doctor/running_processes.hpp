#pragma once
// Checks of the processes of this machine, by their HTTP ports. Each call is bounded in time.
#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::cli::checkup {

struct ProcessCounts {
  std::int64_t serves = 0, works = 0;
};
// Of this machine, by /proc.
ProcessCounts count_processes();

// serve at server.port, work at work.port: do they answer, are they ready, is it this version, and
// what do their metrics say?
void check_processes(operations::Findings& findings, const config::Config& config);

// The textfiles of feedctl in the folder of node_exporter; no folder is no finding.
void check_textfiles(operations::Findings& findings, const std::string& folder);
// That of Debian's node_exporter, or the one of its authors, whichever is there; "": neither.
std::string default_textfile_folder();

}  // namespace feedctl::cli::checkup
