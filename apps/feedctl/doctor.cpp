// feedctl doctor: what is wrong here, each finding with the line that fixes it.
#include <unistd.h>

#include <algorithm>

#include "feedctl/doctor/findings.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

using checks::Finding;
using checks::Level;

Cell text_or_nothing(const std::string& text) {
  return text.empty() ? Cell{} : Cell{text};
}

void print_for_programs(const Runtime& runtime, const checks::Findings& findings) {
  Table table({"check", "state", "finding", "fix", "measure"});
  for (const auto& f : findings) {
    table.add({f.check, std::string(name_of(f.level)), f.text, text_or_nothing(f.fix),
               f.measure ? Cell{*f.measure} : Cell{}});
  }
  table.print(runtime);
}

std::string painted(Level level, bool color) {
  const std::string name(name_of(level));
  if (!color) return name;
  const char* code = level == Level::ok ? "32" : level == Level::warning ? "33" : "31";
  return "\033[" + std::string(code) + "m" + name + "\033[0m";
}

void print_for_people(const Runtime& runtime, const checks::Findings& findings) {
  const bool color = runtime.common().use_color(STDOUT_FILENO);
  std::size_t left = 0, errors = 0, warnings = 0;
  for (const auto& f : findings) left = std::max(left, f.check.size());
  std::string out;
  for (const auto& f : findings) {
    errors += f.level == Level::error ? 1 : 0;
    warnings += f.level == Level::warning ? 1 : 0;
    const auto indent = 9 + left + 2;
    out.append(painted(f.level, color)).append(9 - name_of(f.level).size(), ' ');
    out.append(f.check).append(left - f.check.size() + 2, ' ');
    append_wrapped(out, f.text, indent, terminal_width());
    if (f.fix.empty()) continue;
    // Whole, however long: it is there to be copied.
    out.append(indent, ' ').append("fix: ").append(f.fix).append("\n");
  }
  const auto counted = [](std::size_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  };
  out += "\n" + counted(errors, "error") + ", " + counted(warnings, "warning") + "\n";
  runtime.print(out);
}

std::string working_folder() {
  char path[4096];
  if (::getcwd(path, sizeof path) && ::access(path, W_OK) == 0) return path;
  return "/var/tmp";
}

}  // namespace

Run doctor(Spec& spec) {
  auto folder = std::make_shared<std::optional<std::string>>();
  spec.value("--folder", "FOLDER", "measure the disk here; where PostgreSQL's data lies tells most",
             folder.get())
      .shown_default("the working folder");
  spec.about(
      "Looks at the configuration, PostgreSQL, Redis, the clock and the disk. Nothing is changed. "
      "Exit code 3 where an "
      "error was found; warnings alone are 0.");
  spec.example("before going live", "feedctl doctor --folder /var/lib/postgresql");
  spec.example("for monitoring", "feedctl doctor -o json | jq '.[] | select(.state != \"ok\")'");
  spec.see_also({"migrate status", "config check"});
  return [folder](Runtime& runtime) {
    checks::Findings findings;
    checks::check_config(findings, runtime.loaded());
    checks::check_database(findings, runtime.database(), runtime.config());
    checks::check_redis(findings, runtime.cache(), runtime.config().redis);
    checks::check_disk(findings, folder->value_or(working_folder()));
    if (runtime.common().format() == OutputFormat::table)
      print_for_people(runtime, findings);
    else
      print_for_programs(runtime, findings);
    const bool failed = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& f) { return f.level == Level::error; });
    return failed ? exit_no : exit_ok;
  };
}

}  // namespace feedctl::cli
