#pragma once
// Loads the configuration: defaults < file < environment < flags. Reports all mistakes at once: the
// Error(config) has one FieldError each, whose pointer is the place ("feedctl.yaml:3:5",
// "FEEDCTL_REDIS_URL", "--port"). Reads files; keeps none open.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace feedctl::config {

struct Origin {
  enum class Kind { default_, file, environment, env_file, credential, flag };
  Kind kind = Kind::default_;
  std::string where;  // "" for defaults; else as in errors, never a value
};
std::string_view name_of(Origin::Kind kind);

using Environment = std::map<std::string, std::string>;
Environment process_environment();

struct FlagValue {
  std::string flag;  // "--port"
  std::string key;   // "server.port"
  std::string value;
};

struct Sources {
  std::optional<std::string> file;      // --config: must exist
  std::optional<std::string> env_file;  // --env-file: must exist; never beats `environment`
  Environment environment;
  std::vector<FlagValue> flags;
};

struct LoadedConfig {
  Config config;
  std::map<std::string, Origin, std::less<>> origins;  // by key; without defaults
  std::string file;                                    // "": none was read
  std::vector<std::string> warnings;
};

LoadedConfig load(const Sources& sources);

}  // namespace feedctl::config
