#include "base/error.hpp"
#include "base/suggest.hpp"
#include "base/utf8.hpp"
#include "feedctl/frame/parse.hpp"

namespace feedctl::cli {

namespace {

// A common option before the command that takes the next argument as its value.
bool takes_next(const std::string& argument) {
  CommonOptions unused;
  Spec spec;
  add_common_options(spec, unused, needs_config, false);
  for (const auto& option : spec.options) {
    if (option.is_switch()) continue;
    if (argument == option.long_name() ||
        (option.names[1] != '-' && argument == option.names.substr(0, 2)))
      return true;
  }
  return false;
}

[[noreturn]] void unknown(const std::string& before, const std::string& word) {
  const auto near = nearest(word, next_words(before));
  const auto where = before.empty() ? std::string() : before + " ";
  Error error(ErrorCode::usage, "there is no command \"" + where + word + "\"");
  const auto help = "`feedctl " + where + "--help` lists the commands";
  std::move(error).with_hint(near.empty() ? help : "did you mean `feedctl " + where + near + "`?");
  throw error;
}

}  // namespace

Parsed read_command(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!utf8_length(arguments[i])) {
      throw Error(ErrorCode::usage, "argument " + std::to_string(i + 1) + " is not valid UTF-8");
    }
  }
  Parsed parsed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    const bool option = argument.size() > 1 && argument[0] == '-';
    if (parsed.command || option) {
      if (argument == "--" && !parsed.command) break;
      parsed.arguments.push_back(argument);
      if (!parsed.command && takes_next(argument) && i + 1 < arguments.size())
        parsed.arguments.push_back(arguments[++i]);
      continue;
    }
    const auto name = parsed.word.empty() ? argument : parsed.word + " " + argument;
    parsed.command = find_command(name);
    if (!parsed.command && commands_below(name).empty()) unknown(parsed.word, argument);
    parsed.word = name;
  }
  return parsed;
}

}  // namespace feedctl::cli
