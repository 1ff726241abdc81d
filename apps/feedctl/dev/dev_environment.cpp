#include "feedctl/dev/dev_environment.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string_view>

#include "config/env_aliases.hpp"
#include "config/options.hpp"
#include "dev_servers/environment.hpp"

namespace feedctl::cli {

namespace {

constexpr std::array<const char*, 2> kept_settings{"FEEDCTL_LOG_LEVEL", "FEEDCTL_LOG_FORMAT"};

bool is_kept_setting(std::string_view name) {
  return std::find(kept_settings.begin(), kept_settings.end(), name) != kept_settings.end();
}

// The names that config::load() reads beside FEEDCTL_*; "DB_HOST, DB_PORT" stands for two.
std::set<std::string, std::less<>> other_names() {
  std::set<std::string, std::less<>> names{"CREDENTIALS_DIRECTORY", "LISTEN_FDS", "NOTIFY_SOCKET",
                                           "WATCHDOG_USEC"};
  for (const auto& known : config::known_variables()) {
    std::string_view rest = known.names;
    while (!rest.empty()) {
      const auto comma = rest.find(", ");
      names.emplace(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 2);
    }
  }
  for (const auto& option : config::options()) {
    for (const auto alias : option.aliases) names.emplace(alias);
  }
  return names;
}

// True if another feedctl command, or libpq in it, would read the variable.
bool is_relevant_elsewhere(std::string_view name, const std::set<std::string, std::less<>>& known) {
  constexpr std::string_view file = "_FILE";
  const auto base = name.size() > file.size() && name.substr(name.size() - file.size()) == file
                        ? name.substr(0, name.size() - file.size())
                        : name;
  return name.substr(0, 8) == "FEEDCTL_" || name.substr(0, 2) == "PG" || known.count(base) != 0;
}

}  // namespace

DevEnvironment sanitize_dev_environment() {
  DevEnvironment found;
  for (const auto* name : kept_settings) {
    if (std::getenv(name) != nullptr) found.kept.emplace_back(name);
  }
  const auto known = other_names();
  for (auto& name : dev_servers::sanitize_environment(is_kept_setting)) {
    if (is_relevant_elsewhere(name, known)) found.removed.push_back(std::move(name));
  }
  return found;
}

}  // namespace feedctl::cli
