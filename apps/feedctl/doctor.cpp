// feedctl doctor: checks the setup; each finding has the line that fixes it.
#include "operations/doctor.hpp"

#include <unistd.h>

#include <algorithm>

#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

using operations::Finding;
using operations::Severity;

Cell text_or_nothing(const std::string& text) {
  return text.empty() ? Cell{} : Cell{text};
}

void print_machine_readable(const Runtime& runtime, const operations::Findings& findings) {
  Table table({"check", "state", "finding", "fix", "measure"});
  for (const auto& f : findings) {
    table.add({f.check, std::string(severity_name(f.severity)), f.text, text_or_nothing(f.fix),
               f.measurement ? Cell{*f.measurement} : Cell{}});
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
    if (f.fix.empty()) continue;
    // Not wrapped, so that it can be copied.
    out.append(indent, ' ').append("fix: ").append(f.fix).append("\n");
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
  spec.value("--folder", "FOLDER",
             "measure the disk of this folder; that of PostgreSQL's data matters most",
             folder.get())
      .shown_default("the working folder");
  spec.about(
      "Checks the configuration, PostgreSQL, Redis, the providers of sign-in, the clock and the "
      "disk. It keeps no change. The exit code is 3 if it found an error, and 0 if it found only "
      "warnings.");
  spec.example("before going live", "feedctl doctor --folder /var/lib/postgresql");
  spec.example("for monitoring", "feedctl doctor -o json | jq '.[] | select(.state != \"ok\")'");
  spec.see_also({"migrate status", "config check"});
  return [folder](Runtime& runtime) {
    const auto findings =
        operations::run_doctor(runtime.loaded(), runtime.database(), runtime.cache(),
                               folder->value_or(default_disk_folder()));
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
