// Finds the command, runs it, and maps every error to an exit code and a message.
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/exhaustion.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "feedctl/build.hpp"
#include "feedctl/cli/fatal_errors.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/invocation.hpp"
#include "feedctl/cli/resolved_command.hpp"
#include "feedctl/cli/resource_limits.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/cli/stdio.hpp"
#include "feedctl/runtime.hpp"
#include "metrics/metrics.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

bool has_argument(const std::vector<std::string>& arguments, const char* word) {
  for (const auto& argument : arguments) {
    if (argument == word) return true;
  }
  return false;
}

// Without a command: prints help, or fails for a missing command.
int no_command(const ResolvedCommand& parsed) {
  if (has_argument(parsed.arguments, "--version")) {
    Invocation invocation;
    const auto& version = *find_command("version");
    parse(version, {}, invocation);
    Runtime runtime(version, invocation.common, {});
    return invocation.run(runtime);
  }
  const auto text =
      parsed.command_path.empty() ? help_overview() : help_of_group(parsed.command_path);
  if (has_argument(parsed.arguments, "--help") || has_argument(parsed.arguments, "-h")) {
    write_stdout(text);
    return exit_ok;
  }
  if (!parsed.arguments.empty() && parsed.command_path.empty()) {
    throw Error(ErrorCode::usage,
                "there is no option " + parsed.arguments.front() + " without a command")
        .with_hint("`feedctl --help` lists the commands");
  }
  log::print(text);
  return exit_usage;
}

int run(const std::vector<std::string>& arguments, std::string& name) {
  failpoint::configure_from_environment();
  const auto parsed = resolve_command(arguments);
  if (!parsed.command_path.empty()) name += " " + parsed.command_path;
  if (!parsed.command) return no_command(parsed);
  Invocation invocation;
  parse(*parsed.command, parsed.arguments, invocation);
  if (invocation.common.help) {
    write_stdout(help_of(*parsed.command));
    return exit_ok;
  }
  metrics::set_commit(FEEDCTL_COMMIT);
  Runtime runtime(*parsed.command, invocation.common, std::move(invocation.flags));
  return invocation.run(runtime);
}

// Texts of libraries may have several lines.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return text;
}

std::string hint_for(const Error& error) {
  if (!error.hint().empty()) return error.hint();
  if (error.code() == ErrorCode::internal)
    return "this is a bug in feedctl; please report it with this line";
  if (error.code() == ErrorCode::unavailable)
    return "`feedctl doctor` says what can be reached, `feedctl config show --origin` what is set "
           "where";
  return "";
}

// Includes the detail, which HTTP answers leave to the log.
void print_error(const std::string& name, const Error& error) {
  std::string text = name + ": " + one_line(error.what());
  if (!error.detail().empty()) text += ": " + one_line(error.detail());
  text += '\n';
  if (error.fields().size() > 1) {
    for (const auto& field : error.fields())
      text += "  " + field.pointer + ": " + one_line(field.detail) + '\n';
  }
  const auto hint = hint_for(error);
  if (!hint.empty()) text += "hint: " + hint + '\n';
  log::print(text);
}

int run_guarded(const std::vector<std::string>& arguments) {
  std::string name = "feedctl";
  try {
    return run(arguments, name);
  } catch (const StdoutClosed&) {
    return InterruptGuard::exit_code();
  } catch (const Error& error) {
    print_error(name, error);
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    if (const char* missing = exhausted_resource(error)) {
      print_error(name, Error(ErrorCode::internal, std::string(missing) + " could not be obtained")
                            .with_hint(exhaustion_hint(missing)));
      return exit_exhausted;
    }
    print_error(name, Error(ErrorCode::internal, error.what()));
    return exit_internal;
  }
}

}  // namespace

}  // namespace feedctl::cli

int main(int argc, char** argv) {
  feedctl::cli::reset_signal_dispositions();
  feedctl::cli::reserve_standard_fds();
  feedctl::cli::install_fatal_error_handlers();
  feedctl::cli::adjust_resource_limits();
  return feedctl::cli::run_guarded(
      std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
