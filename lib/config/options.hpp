#pragma once
// The table of configuration keys. The YAML reader, the environment, flags, `config example`,
// `config show`, help and docs/configuration.md all come from it. Immutable; any thread.
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace feedctl::config {

// A key's member of a Config. The number of an enumerator is its index in `choices`.
using Field = std::variant<std::string*, Secret<std::string>*, int*, std::size_t*, bool*, Duration*,
                           std::chrono::seconds*, std::chrono::hours*, std::vector<std::string>*,
                           Rate*, AuthMode*, OidcKind*, BusKind*, Materialize*, OnRollback*,
                           MediaConfig::Store*, log::Level*, log::Format*>;

enum class Redaction { none, whole, url };  // url: only the password within

struct Option {
  std::string key;        // "server.port"
  std::string_view help;  // one sentence, no full stop
  std::function<Field(Config&)> field;
  std::vector<std::string_view> aliases = {};  // other names in the environment
  std::int64_t min_value = 0;                  // of a number; in milliseconds or bytes
  std::int64_t max_value = 0;                  // also of the length of a list
  std::vector<std::string_view> choices = {};
  Redaction redaction = Redaction::none;
  std::string_view rule = {};  // see validate() in validators.hpp
  bool is_reloadable = false;  // `serve` applies it at SIGHUP
};

struct Section {
  std::string_view name;  // "server"
  std::string_view help;
  bool has_groups = false;  // its keys stand below names that the operator chooses
};

std::span<const Section> sections();
// The keys with a fixed name; those of providers are in oidc_options.hpp, those of content types in
// content_type_options.hpp.
std::span<const Option> options();
const Option* find_option(std::string_view key);
std::vector<std::string> option_keys();

// "server.port" -> "FEEDCTL_SERVER_PORT"; a - becomes _, too.
std::string env_name(std::string_view key);
// "server.port" -> "server".
std::string_view section_of(std::string_view key);
bool is_secret(const Option& option);
bool is_list(const Option& option);

}  // namespace feedctl::config
