#include "feedctl/doctor/unit_checks.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "feedctl/cli/bounded_process.hpp"
#include "operations/doctor_backups.hpp"

namespace feedctl::cli::checkup {

namespace {

using operations::Finding;
using operations::Severity;

constexpr ProcessLimits limits{.timeout = std::chrono::seconds{10}};
constexpr int max_restarts = 2;

std::string value_of(const UnitProperties& unit, const std::string& name) {
  const auto found = unit.find(name);
  return found == unit.end() ? "" : found->second;
}

void check_unit(operations::Findings& findings, const UnitProperties& unit) {
  const auto id = value_of(unit, "Id"), active = value_of(unit, "ActiveState");
  const auto restarts = std::atoi(value_of(unit, "NRestarts").c_str());
  if (active == "failed")
    findings.push_back({"units", Severity::error,
                        id + " has failed (" + value_of(unit, "Result") + ")",
                        "journalctl -u " + id + " -n 50; then systemctl restart " + id});
  if (restarts > max_restarts)
    findings.push_back({"restarts", Severity::warning,
                        id + " was restarted " + std::to_string(restarts) + " times by systemd",
                        "journalctl -u " + id + " -n 100", static_cast<double>(restarts)});
  if (id.ends_with(".timer") && active == "inactive" &&
      value_of(unit, "UnitFileState") == "enabled")
    findings.push_back(
        {"units", Severity::warning, id + " is enabled and does not run", "systemctl start " + id});
}

bool is_in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path ? path : "/usr/bin:/bin";
  while (!folders.empty()) {
    const std::filesystem::path folder(next_field(folders, ':'));
    if (!folder.empty() && ::access((folder / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

std::vector<UnitProperties> parse_units(std::string_view text) {
  std::vector<UnitProperties> units;
  UnitProperties unit;
  while (!text.empty()) {
    const auto line = next_field(text, '\n');
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      unit[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    const bool is_end = line.empty() || text.empty();
    if (is_end && !unit.empty()) units.push_back(std::exchange(unit, {}));
  }
  return units;
}

void check_units(operations::Findings& findings, const std::vector<UnitProperties>& units) {
  const auto before = findings.size();
  for (const auto& unit : units) check_unit(findings, unit);
  if (findings.size() > before) return;
  findings.push_back({"units", Severity::ok,
                      units.empty()
                          ? "systemd runs, and no unit of feedctl is loaded"
                          : std::to_string(units.size()) + " units of feedctl, none failed"});
}

void check_systemd(operations::Findings& findings) {
  if (!std::filesystem::is_directory("/run/systemd/system")) return;
  const auto shown =
      run_bounded({"systemctl", "show", "--no-pager",
                   "--property=Id,ActiveState,SubState,Result,NRestarts,UnitFileState", "feedctl*"},
                  limits);
  if (!shown.failure.empty() || shown.exit_code != 0) {
    findings.push_back({"units", Severity::ok, "systemctl gives no answer here"});
    return;
  }
  check_units(findings, parse_units(shown.out));
}

void check_base_backup(operations::Findings& findings) {
  if (!is_in_path("pgbackrest")) {
    findings.push_back({"base_backup", Severity::ok,
                        "not known here: PostgreSQL does not record its backups; see "
                        "docs/backup.md#checking"});
    return;
  }
  const auto info = run_bounded({"pgbackrest", "info", "--output=json"}, limits);
  if (info.failure.empty() && info.exit_code == 0)
    findings.push_back(operations::pgbackrest_finding(info.out));
  else
    findings.push_back({"base_backup", Severity::ok,
                        "pgbackrest info gives no answer to this user; run doctor as postgres"});
}

}  // namespace feedctl::cli::checkup
