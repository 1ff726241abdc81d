#pragma once
// feedctl doctor as a process, and its findings by check.
#include <map>
#include <string>
#include <vector>

struct CheckResult {
  std::string state, finding, fix, runbook;
  bool has_measurement = false;
};

struct DoctorReport {
  int exit_code = 0;
  std::map<std::string, CheckResult> checks;  // of several findings of a check the last one
};

// `url`: of the database. `arguments`: further ones.
DoctorReport run_doctor(const std::string& url, const std::vector<std::string>& environment = {},
                        std::vector<std::string> arguments = {});
