// feedctl doctor: checks the setup; each finding has the line that fixes it.
#include "operations/doctor.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/doctor/running_processes.hpp"
#include "feedctl/doctor/unit_checks.hpp"
#include "feedctl/runtime.hpp"
#include "operations/doctor_runbook.hpp"

namespace feedctl::cli {

namespace {

using operations::Finding;
using operations::Severity;

Cell text_or_nothing(const std::string& text) {
  return text.empty() ? Cell{} : Cell{text};
}

// Where docs/runbook.md says more; "": there is no entry.
std::string runbook_entry(const Finding& finding) {
  return finding.alert.empty() ? "" : "docs/runbook.md#" + to_lower(finding.alert);
}

void print_machine_readable(const Runtime& runtime, const operations::Findings& findings) {
  Table table({"check", "state", "finding", "fix", "measure", "runbook"});
  for (const auto& f : findings) {
    table.add({f.check, std::string(severity_name(f.severity)), f.text, text_or_nothing(f.fix),
               f.measurement ? Cell{*f.measurement} : Cell{}, text_or_nothing(runbook_entry(f))});
  }
  table.print(runtime);
}

std::string colored_name(Severity severity, bool color) {
  const std::string name(severity_name(severity));
  if (!color) return name;
  const char* code = severity == Severity::ok ? "32" : severity == Severity::warning ? "33" : "31";
  return "\033[" + std::string(code) + "m" + name + "\033[0m";
}

void print_human_readable(const Runtime& runtime, const operations::Findings& findings) {
  const bool color = runtime.common().use_color(STDOUT_FILENO);
  std::size_t left = 0, errors = 0, warnings = 0;
  for (const auto& f : findings) left = std::max(left, f.check.size());
  std::string out;
  for (const auto& f : findings) {
    errors += f.severity == Severity::error ? 1 : 0;
    warnings += f.severity == Severity::warning ? 1 : 0;
    const auto indent = 9 + left + 2;
    out.append(colored_name(f.severity, color)).append(9 - severity_name(f.severity).size(), ' ');
    out.append(f.check).append(left - f.check.size() + 2, ' ');
    append_wrapped(out, f.text, indent, terminal_width());
    // Not wrapped, so that they can be copied.
    if (!f.fix.empty()) out.append(indent, ' ').append("fix: ").append(f.fix).append("\n");
    if (!f.alert.empty())
      out.append(indent, ' ').append("see: ").append(runbook_entry(f)).append("\n");
  }
  const auto counted = [](std::size_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  };
  out += "\n" + counted(errors, "error") + ", " + counted(warnings, "warning") + "\n";
  runtime.print(out);
}

std::string default_disk_folder() {
  char path[4096];
  if (::getcwd(path, sizeof path) && ::access(path, W_OK) == 0) return path;
  return "/var/tmp";
}

}  // namespace

CommandFn doctor(Spec& spec) {
  auto folder = std::make_shared<std::optional<std::string>>();
  auto textfiles = std::make_shared<std::optional<std::string>>();
  spec.value("--folder", "FOLDER",
             "measure the disk of this folder; that of PostgreSQL's data matters most",
             folder.get())
      .shown_default("the working folder");
  spec.value("--textfiles", "FOLDER",
             "read the last runs of cron commands from the feedctl*.prom in this folder",
             textfiles.get())
      .shown_default("the folder of node_exporter");
  spec.about(
      "Checks the configuration, PostgreSQL and its backups, Redis, workers, the running "
      "processes, "
      "units and timers, the providers of sign-in, certificates, the clock and the disk. It keeps "
      "no change. A finding names the line that fixes it, and the entry of the runbook if there is "
      "one. The exit code is 3 if it found an error, and 0 if it found only warnings.");
  spec.example("before going live", "feedctl doctor --folder /var/lib/postgresql");
  spec.example("for monitoring", "feedctl doctor -o json | jq '.[] | select(.state != \"ok\")'");
  spec.see_also({"migrate status", "config check"});
  return [folder, textfiles](Runtime& runtime) {
    const auto counts = checkup::count_processes();
    auto findings = operations::run_doctor(
        runtime.loaded(), runtime.database(), runtime.cache(),
        {folder->value_or(default_disk_folder()), counts.serves, counts.works});
    checkup::check_base_backup(findings);
    checkup::check_processes(findings, runtime.config());
    checkup::check_textfiles(findings, textfiles->value_or(checkup::default_textfile_folder()));
    checkup::check_systemd(findings);
    operations::link_runbook(findings);
    if (runtime.common().format() == OutputFormat::table)
      print_human_readable(runtime, findings);
    else
      print_machine_readable(runtime, findings);
    const bool failed = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& f) { return f.severity == Severity::error; });
    return failed ? exit_negative : exit_ok;
  };
}

}  // namespace feedctl::cli
