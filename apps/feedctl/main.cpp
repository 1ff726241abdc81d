// Finds the command, runs it, and maps every error to an exit code and a message, here and nowhere
// else.
#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "feedctl/frame/help_text.hpp"
#include "feedctl/frame/parse.hpp"
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
  std::fputs(text.c_str(), stderr);
  return exit_usage;
}

int run(const std::vector<std::string>& arguments, std::string& name, bool& verbose) {
  const auto parsed = read_command(arguments);
  if (!parsed.word.empty()) name += " " + parsed.word;
  if (!parsed.command) return without_command(parsed);
  Invocation invocation;
  parse(*parsed.command, parsed.arguments, invocation);
  verbose = invocation.common.verbose;
  if (invocation.common.help) {
    write_out(help_of(*parsed.command));
    return exit_ok;
  }
  Runtime runtime(*parsed.command, invocation.common, std::move(invocation.flags));
  return invocation.run(runtime);
}

// What PostgreSQL says where its tables are missing or older than this binary.
bool schema_is_missing(const Error& error) {
  const auto* sql = dynamic_cast<const store::SqlError*>(&error);
  if (!sql) return false;
  const auto& state = sql->sqlstate();
  return state == "42P01" || state == "3F000" || state == "42703" || state == "42883";
}

void complain(const std::string& name, const Error& error, bool verbose) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
  if (error.fields().size() > 1) {
    for (const auto& field : error.fields()) {
      std::fprintf(stderr, "  %s: %s\n", field.pointer.c_str(), field.detail.c_str());
    }
  }
  if (verbose && !error.detail().empty())
    std::fprintf(stderr, "detail: %s\n", error.detail().c_str());
  if (!error.hint().empty())
    std::fprintf(stderr, "hint: %s\n", error.hint().c_str());
  else if (schema_is_missing(error))
    std::fputs("hint: `feedctl migrate up` makes the tables\n", stderr);
  else if (error.code() == ErrorCode::internal)
    std::fputs("hint: this is a bug in feedctl; please report it with this line\n", stderr);
}

int guarded(const std::vector<std::string>& arguments) {
  std::string name = "feedctl";
  bool verbose = false;
  try {
    return run(arguments, name, verbose);
  } catch (const ReaderGone&) {
    return exit_ok;
  } catch (const Error& error) {
    complain(name, error, verbose);
    return exit_code_of(error.code());
  } catch (const std::bad_alloc&) {
    complain(name,
             Error(ErrorCode::internal, "out of memory")
                 .with_hint("give it more memory, or ask for less at once"),
             verbose);
    return exit_internal;
  } catch (const std::exception& error) {
    complain(name, Error(ErrorCode::internal, error.what()), verbose);
    return exit_internal;
  }
}

}  // namespace

}  // namespace feedctl::cli

int main(int argc, char** argv) {
  feedctl::cli::prepare_streams();
  return feedctl::cli::guarded(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
