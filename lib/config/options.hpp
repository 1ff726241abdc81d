#pragma once
// The one table of configuration keys. The YAML reader, the environment, flags, `config example`,
// `config show`, help and docs/configuration.md all come from it. Immutable; any thread.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace feedctl::config {

// Where a key's value lives in a Config. Enumerations are written by their place in `choices`.
using Field = std::variant<std::string*, Secret<std::string>*, int*, std::size_t*, bool*, Duration*,
                           std::vector<std::string>*, AuthMode*, BusKind*, Materialize*,
                           log::Level*, log::Format*>;

enum class Redaction { none, whole, url };  // url: only the password within

struct Option {
  std::string_view key;   // "server.port"
  std::string_view help;  // one sentence, no full stop
  Field (*field)(Config&);
  std::vector<std::string_view> aliases = {};  // further names in the environment
  std::int64_t least = 0;                      // of numbers; milliseconds, bytes
  std::int64_t most = 0;                       // the same, and the length of a list
  std::vector<std::string_view> choices = {};
  Redaction redaction = Redaction::none;
  std::string_view check = {};  // a further rule: see validate() in values.cpp
  bool reload = false;          // `serve` takes it over at SIGHUP
};

struct Section {
  std::string_view name;  // "server"
  std::string_view help;
};

std::span<const Section> sections();
std::span<const Option> options();
const Option* find_option(std::string_view key);
std::vector<std::string> option_keys();

// "server.port" -> "FEEDCTL_SERVER_PORT".
std::string env_name(std::string_view key);
// "server.port" -> "server".
std::string_view section_of(std::string_view key);
// "duration", "number", "list", .. for people.
std::string type_name(const Option& option);
bool is_secret(const Option& option);
bool is_list(const Option& option);

// Reads `text` into the option's field; the message of what is wrong, or nullopt. Lists are
// separated by commas; secrets are checked but never repeated in the message.
std::optional<std::string> assign(const Option& option, Config& config, std::string_view text);
// The value as the file would write it ("256KiB", "1s", "a,b"); secrets in full.
std::string render(const Option& option, const Config& config);
// The same for people: secrets as "****", passwords in URLs replaced.
std::string render_redacted(const Option& option, const Config& config);

}  // namespace feedctl::config
