#include "feedctl/daemon/config_reload.hpp"

#include <variant>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "feedctl/cli/systemd.hpp"
#include "feedctl/runtime.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::app {

namespace {

void copy_value(const config::Option& option, config::Config& to, config::Config from) {
  std::visit([&](auto* value) { *value = *std::get<decltype(value)>(option.field(from)); },
             option.field(to));
}

// Also of providers and content types that only one of them has.
std::vector<config::Option> options_of_either(const config::Config& running, config::Config fresh) {
  for (const auto& provider : running.oidc.providers) fresh.oidc.provider(provider.name);
  for (const auto& type : running.content_types.types) {
    for (const auto& member : type.members) fresh.content_types.type(type.name).member(member.name);
  }
  return config::options_of(fresh);
}

void copy_origin(const config::Option& option, config::LoadedConfig& to,
                 const config::LoadedConfig& from) {
  const auto origin = from.origins.find(option.key);
  if (origin == from.origins.end())
    to.origins.erase(std::string(option.key));
  else
    to.origins[std::string(option.key)] = origin->second;
}

}  // namespace

ReloadPlan plan_reload(const config::LoadedConfig& running, const config::LoadedConfig& fresh,
                       std::string_view section) {
  ReloadPlan result{running, {}, {}};
  for (const auto& option : options_of_either(running.config, fresh.config)) {
    if (config::render(option, running.config) == config::render(option, fresh.config)) continue;
    if (!option.is_reloadable) {
      result.needs_restart.emplace_back(option.key);
      continue;
    }
    if (!section.empty() && config::section_of(option.key) != section) continue;
    copy_value(option, result.next.config, fresh.config);
    copy_origin(option, result.next, fresh);
    result.changed.emplace_back(option.key);
  }
  return result;
}

}  // namespace feedctl::app

namespace feedctl::cli {

namespace {

using Apply = std::function<void(const config::LoadedConfig&)>;

void apply_reload(Runtime& runtime, config::LoadedConfig& running, const Apply& apply,
                  std::string_view section) {
  const auto fresh = config::load(runtime.sources());
  for (const auto& warning : fresh.warnings) log::warning(warning);
  auto plan = app::plan_reload(running, fresh, section);
  apply(plan.next);
  running = std::move(plan.next);
  runtime.configure_log(running);
  log::info("configuration reloaded", {{"changed", join(plan.changed, ", ")}});
  if (!plan.needs_restart.empty())
    log::warning("other changed keys need a restart", {{"keys", join(plan.needs_restart, ", ")}});
}

void record_reload(bool is_successful) {
  metrics::gauge("feedctl_config_last_reload_successful",
                 "Whether the last reload of the configuration was accepted.")
      .set(is_successful ? 1 : 0);
  if (!is_successful) return;
  metrics::gauge("feedctl_config_last_reload_success_timestamp_seconds",
                 "When a reload of the configuration was last accepted.")
      .set(static_cast<double>(unix_us(now())) / 1e6);
}

void try_apply_reload(Runtime& runtime, config::LoadedConfig& running, const Apply& apply,
                      std::string_view section) {
  try {
    apply_reload(runtime, running, apply, section);
    record_reload(true);
  } catch (const Error& error) {
    record_reload(false);
    log::error("the new configuration was rejected, the old one stays", {{"error", error.what()}});
    for (const auto& mistake : error.fields())
      log::error("mistake in the configuration",
                 {{"place", mistake.pointer}, {"mistake", mistake.detail}});
  }
}

}  // namespace

void reload_configuration(Runtime& runtime, config::LoadedConfig& running, const Apply& apply) {
  notify::reloading();
  try_apply_reload(runtime, running, apply, "");
}

void reload_log_configuration(Runtime& runtime, config::LoadedConfig& running) {
  try_apply_reload(
      runtime, running, [](const config::LoadedConfig&) {}, "log");
}

}  // namespace feedctl::cli
