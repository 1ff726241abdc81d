#include "feedctl/cli/invocation.hpp"

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "feedctl/cli/command_line.hpp"
#include "feedctl/cli/option_binding.hpp"
#include "feedctl/cli/option_table.hpp"

namespace feedctl::cli {

namespace {

void parse_setting(const std::string& setting, std::vector<config::FlagValue>& flags) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorCode::usage, "--set expects KEY=VALUE, not \"" + setting + "\"");
  }
  const auto key = setting.substr(0, equals);
  const auto option = config::resolve_option(key);
  if (!option) {
    const auto near = closest_match(key, config::option_keys());
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

}  // namespace

void parse(const Command& command, const std::vector<std::string>& arguments,
           Invocation& invocation) {
  auto& [spec, common_spec, common, flags, run] = invocation;
  run = command.prepare(spec);
  add_common_options(common_spec, common, command.needs, spec.offers_dry_run);
  OptionTable table("`feedctl " + std::string(command.name) + " --help` shows what it takes");
  table.add(common_spec);
  table.add(spec);
  const auto bind = [&invocation](const Option& option, const std::vector<std::string>& values) {
    bind_values(option, values, invocation.flags);
  };
  const auto* missing = table.parse(normalize_argv(table, arguments), bind);
  if (missing && !common.help) {
    throw table.usage_error("needs " + missing->long_name() +
                            (missing->is_positional ? "" : " " + missing->metavar));
  }
  for (const auto& setting : common.settings) parse_setting(setting, flags);
}

}  // namespace feedctl::cli
