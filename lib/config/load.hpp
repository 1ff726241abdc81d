#pragma once
// Defaults < file < environment < flags into one Config, with every mistake at once: the
// Error(config) thrown has one FieldError each, whose pointer is the place ("feedctl.yaml:3:5",
// "FEEDCTL_REDIS_URL",
// "--port"). Reads files; keeps nothing open.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace feedctl::config {

struct Origin {
  enum class Kind { standard, file, environment, env_file, credential, flag };
  Kind kind = Kind::standard;
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

struct Loaded {
  Config config;
  std::map<std::string, Origin, std::less<>> origins;  // by key; defaults are not in it
  std::string file;                                    // "" where none was read
  std::vector<std::string> warnings;
};

Loaded load(const Sources& sources);

}  // namespace feedctl::config
