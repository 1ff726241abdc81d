// Finds the command, runs it, and maps every error to an exit code and a message, here and nowhere
// else.
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/exhaustion.hpp"
#include "base/log.hpp"
#include "feedctl/frame/help_text.hpp"
#include "feedctl/frame/last_words.hpp"
#include "feedctl/frame/limits.hpp"
#include "feedctl/frame/parse.hpp"
#include "feedctl/frame/progress.hpp"
#include "feedctl/frame/signals.hpp"
#include "feedctl/frame/streams.hpp"
#include "feedctl/runtime.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

bool has(const std::vector<std::string>& arguments, const char* word) {
  for (const auto& argument : arguments) {
    if (argument == word) return true;
  }
  return false;
}

// No command: help was asked for, or something is missing.
int without_command(const Parsed& parsed) {
  if (has(parsed.arguments, "--version")) {
    Invocation invocation;
    const auto& version = *find_command("version");
    parse(version, {}, invocation);
    Runtime runtime(version, invocation.common, {});
    return invocation.run(runtime);
  }
  const auto text = parsed.word.empty() ? help_of_all() : help_of_group(parsed.word);
  if (has(parsed.arguments, "--help") || has(parsed.arguments, "-h")) {
    write_out(text);
    return exit_ok;
  }
  if (!parsed.arguments.empty() && parsed.word.empty()) {
    throw Error(ErrorCode::usage,
                "there is no option " + parsed.arguments.front() + " without a command")
        .with_hint("`feedctl --help` lists the commands");
  }
  log::print(text);
  return exit_usage;
}

int run(const std::vector<std::string>& arguments, std::string& name) {
  const auto parsed = read_command(arguments);
  if (!parsed.word.empty()) name += " " + parsed.word;
  if (!parsed.command) return without_command(parsed);
  Invocation invocation;
  parse(*parsed.command, parsed.arguments, invocation);
  if (invocation.common.help) {
    write_out(help_of(*parsed.command));
    return exit_ok;
  }
  Runtime runtime(*parsed.command, invocation.common, std::move(invocation.flags));
  return invocation.run(runtime);
}

// One line, whatever the libraries below put into it.
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

// The operator reads what elsewhere only the log gets.
void complain(const std::string& name, const Error& error) {
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

int guarded(const std::vector<std::string>& arguments) {
  std::string name = "feedctl";
  try {
    return run(arguments, name);
  } catch (const ReaderGone&) {
    return Interrupts::exit_code();
  } catch (const Error& error) {
    complain(name, error);
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    if (const char* missing = exhausted_by(error)) {
      complain(name, Error(ErrorCode::internal, std::string(missing) + " could not be had")
                         .with_hint(remedy_for_want_of(missing)));
      return exit_exhausted;
    }
    complain(name, Error(ErrorCode::internal, error.what()));
    return exit_internal;
  }
}

}  // namespace

}  // namespace feedctl::cli

int main(int argc, char** argv) {
  feedctl::cli::reset_signals();
  feedctl::cli::prepare_streams();
  feedctl::cli::prepare_last_words();
  feedctl::cli::prepare_limits();
  return feedctl::cli::guarded(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
