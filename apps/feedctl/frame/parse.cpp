// The only file that includes CLI11: it splits words, clusters and --name=value; what the values
// mean and what is said about mistakes is ours.
#include "feedctl/frame/parse.hpp"

#include <CLI/CLI.hpp>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "config/options.hpp"
#include "feedctl/frame/bind.hpp"

namespace feedctl::cli {

namespace {

struct Bound {
  const Option* option;
  CLI::Option* parsed;
  std::vector<std::string> values;
  bool given = false;
  bool negated = false;
};

Error usage(const Command& command, const std::string& message) {
  return Error(ErrorCode::usage, message)
      .with_hint("`feedctl " + std::string(command.name) + " --help` shows what it takes");
}

// Repeating a single-valued option keeps the last one, as most tools do.
void declare(CLI::App& app, Bound& bound, std::size_t place) {
  const auto& option = *bound.option;
  if (option.is_switch()) {
    const auto names =
        option.key.empty() ? option.names : option.names + ",!--no-" + option.long_name().substr(2);
    bound.parsed = app.add_flag_function(
        names,
        [&bound](std::int64_t count) {
          bound.given = true;
          bound.negated = count < 0;
        },
        option.help);
    bound.parsed->disable_flag_override();
    return;
  }
  const auto name = option.argument ? "argument" + std::to_string(place) : option.names;
  bound.parsed = app.add_option(name, bound.values, option.help);
  const bool many = std::holds_alternative<std::vector<std::string>*>(option.target);
  if (!many || !option.argument) bound.parsed->expected(1);
  if (many && !option.argument)
    bound.parsed->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  else if (!option.argument)
    bound.parsed->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::vector<std::string> option_names(const std::deque<Bound>& all) {
  std::vector<std::string> names;
  for (const auto& bound : all) {
    if (bound.option->argument) continue;
    names.push_back(bound.option->long_name());
    if (bound.option->is_switch() && !bound.option->key.empty())
      names.push_back("--no-" + bound.option->long_name().substr(2));
  }
  return names;
}

[[noreturn]] void refuse_extra(const Command& command, const std::string& word,
                               const std::deque<Bound>& all) {
  if (word.size() < 2 || word[0] != '-')
    throw usage(command, "does not take the argument \"" + word + "\"");
  const auto name = word.substr(0, word.find('='));
  const auto near = nearest(name, option_names(all));
  auto error = usage(command, "there is no option " + name);
  if (!near.empty()) std::move(error).with_hint("did you mean " + near + "?");
  throw error;
}

// CLI11 names the option in prose only; it is found again as the one without its value.
[[noreturn]] void refuse_missing(const Command& command, const std::vector<std::string>& arguments,
                                 const std::deque<Bound>& all) {
  for (std::size_t i = arguments.size(); i-- > 0;) {
    const auto word = arguments[i].substr(0, arguments[i].find('='));
    const bool with_value = word != arguments[i];
    for (const auto& bound : all) {
      const auto& option = *bound.option;
      const auto short_name = option.names.substr(0, option.names.find(','));
      if (option.argument || (word != option.long_name() && word != short_name)) continue;
      if (option.is_switch() && with_value) throw usage(command, word + " takes no value");
      const bool at_the_end = i + 1 == arguments.size() || arguments[i].back() == '=';
      if (!option.is_switch() && at_the_end)
        throw usage(command, word + " expects a value: " + option.metavar);
    }
  }
  throw usage(command, "an option misses its value");
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

void take(const Command& command, std::deque<Bound>& all, Invocation& invocation) {
  for (auto& bound : all) {
    const auto& option = *bound.option;
    if (option.is_switch()) {
      if (bound.given) bind_values(option, {bound.negated ? "false" : "true"}, invocation.flags);
    } else if (!bound.values.empty()) {
      bind_values(option, bound.values, invocation.flags);
    } else if (option.needed && !invocation.common.help) {
      throw usage(command, option.argument ? "needs " + option.names
                                           : "needs " + option.long_name() + " " + option.metavar);
    }
  }
  for (const auto& setting : invocation.common.settings) read_setting(setting, invocation.flags);
}

}  // namespace

void parse(const Command& command, const std::vector<std::string>& arguments,
           Invocation& invocation) {
  invocation.run = command.prepare(invocation.spec);
  add_common_options(invocation.common_spec, invocation.common, command.needs,
                     invocation.spec.offers_dry_run);

  CLI::App app;
  app.set_help_flag();
  app.allow_extras(false);
  std::deque<Bound> all;
  // Common options first, so that --help is known before anything is missed.
  for (const auto* spec : {&invocation.common_spec, &invocation.spec}) {
    for (const auto& option : spec->options) {
      all.push_back({&option, nullptr, {}});
      declare(app, all.back(), all.size());
    }
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ExtrasError&) {
    for (const auto& word : app.remaining()) {
      if (word.size() > 1 && word[0] == '-') refuse_extra(command, word, all);
    }
    refuse_extra(command, app.remaining().empty() ? "" : app.remaining().front(), all);
  } catch (const CLI::ArgumentMismatch&) {
    refuse_missing(command, arguments, all);
  } catch (const CLI::ParseError& error) {
    throw usage(command, error.what());
  }
  take(command, all, invocation);
}

}  // namespace feedctl::cli
