#include "feedctl/frame/parse.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "config/options.hpp"
#include "feedctl/frame/bind.hpp"
#include "feedctl/frame/scan.hpp"

namespace feedctl::cli {

namespace {

using Values = std::map<const Option*, std::vector<std::string>>;

Error usage(const Command& command, const std::string& message) {
  return Error(ErrorCode::usage, message)
      .with_hint("`feedctl " + std::string(command.name) + " --help` shows what it takes");
}

Scanned scanned(const Command& command, const OptionTable& table,
                const std::vector<std::string>& arguments) {
  try {
    return scan(table, arguments);
  } catch (const Error& error) {
    if (!error.hint().empty()) throw;
    throw usage(command, error.what());
  }
}

bool takes_many(const Option& option) {
  return std::holds_alternative<std::vector<std::string>*>(option.target);
}

// Plain words belong to the command's arguments, in their order; one that takes many has the rest.
void assign_words(const Command& command, const Spec& spec, const std::vector<std::string>& words,
                  Values& values) {
  std::size_t next = 0;
  for (const auto& option : spec.options) {
    if (!option.argument) continue;
    const auto most = takes_many(option) ? words.size() : next + 1;
    while (next < std::min(most, words.size())) values[&option].push_back(words[next++]);
  }
  if (next < words.size())
    throw usage(command, "does not take the argument \"" + words[next] + "\"");
}

void read_setting(const std::string& setting, std::vector<config::FlagValue>& flags) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorCode::usage, "--set expects KEY=VALUE, not \"" + setting + "\"");
  }
  const auto key = setting.substr(0, equals);
  const auto* option = config::find_option(key);
  if (!option) {
    const auto near = nearest(key, config::option_keys());
    Error error(ErrorCode::usage, "--set: there is no key " + key);
    std::move(error).with_hint(near.empty() ? "`feedctl config example` lists them all"
                                            : "did you mean " + near + "?");
    throw error;
  }
  if (config::is_secret(*option)) {
    throw Error(ErrorCode::usage,
                "--set: " + key + " may hold a secret, which never goes on a command line")
        .with_hint("set " + config::env_name(key) + " or " + config::env_name(key) + "_FILE");
  }
  config::Config scratch;
  if (const auto wrong = config::assign(*option, scratch, setting.substr(equals + 1))) {
    throw Error(ErrorCode::usage, "--set: " + key + " " + *wrong);
  }
  flags.push_back({"--set", key, setting.substr(equals + 1)});
}

void require_needed(const Command& command, const Spec& spec, const Values& values) {
  for (const auto& option : spec.options) {
    if (!option.needed || values.count(&option) != 0) continue;
    throw usage(command, option.argument ? "needs " + option.names
                                         : "needs " + option.long_name() + " " + option.metavar);
  }
}

}  // namespace

void parse(const Command& command, const std::vector<std::string>& arguments,
           Invocation& invocation) {
  auto& [spec, common_spec, common, flags, run] = invocation;
  run = command.prepare(spec);
  add_common_options(common_spec, common, command.needs, spec.offers_dry_run);
  OptionTable table;
  table.add(common_spec);
  table.add(spec);

  const auto found = scanned(command, table, arguments);
  Values values;
  // Repeating a single-valued option keeps the last one, as most tools do.
  for (const auto& [option, negated, value] : found.options)
    values[option].push_back(option->is_switch() ? (negated ? "false" : "true") : value);
  assign_words(command, spec, found.words, values);
  for (const auto* part : {&common_spec, &spec}) {
    for (const auto& option : part->options) {
      if (const auto given = values.find(&option); given != values.end())
        bind_values(option, given->second, flags);
    }
  }
  if (!common.help) require_needed(command, spec, values);
  for (const auto& setting : common.settings) read_setting(setting, flags);
}

}  // namespace feedctl::cli
