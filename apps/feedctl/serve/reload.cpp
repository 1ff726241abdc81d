#include "feedctl/serve/reload.hpp"

#include <variant>

#include "config/options.hpp"

namespace feedctl::app {

namespace {

void copy_value(const config::Option& option, config::Config& to, config::Config from) {
  std::visit([&](auto* value) { *value = *std::get<decltype(value)>(option.field(from)); },
             option.field(to));
}

void copy_origin(const config::Option& option, config::Loaded& to, const config::Loaded& from) {
  const auto origin = from.origins.find(option.key);
  if (origin == from.origins.end())
    to.origins.erase(std::string(option.key));
  else
    to.origins[std::string(option.key)] = origin->second;
}

}  // namespace

Reload reload(const config::Loaded& running, const config::Loaded& fresh) {
  Reload result{running, {}, {}};
  for (const auto& option : config::options()) {
    if (config::render(option, running.config) == config::render(option, fresh.config)) continue;
    if (!option.reload) {
      result.pending.emplace_back(option.key);
      continue;
    }
    copy_value(option, result.next.config, fresh.config);
    copy_origin(option, result.next, fresh);
    result.changed.emplace_back(option.key);
  }
  return result;
}

}  // namespace feedctl::app
