#pragma once
// Conversion between the text and the value of a configuration key. Pure functions; any thread.
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/options.hpp"

namespace feedctl::config {

// Reads `text` into the option's field. Returns an error message, or nullopt. Commas separate the
// items of a list. A message never repeats a secret.
std::optional<std::string> assign(const Option& option, Config& config, std::string_view text);

// The value as the file writes it ("256KiB", "1s", "a,b"); secrets in full.
std::string render(const Option& option, const Config& config);
// The same for people: secrets as "****", passwords in URLs replaced.
std::string render_redacted(const Option& option, const Config& config);

// "duration", "number", "list", .. for people.
std::string type_name(const Option& option);

}  // namespace feedctl::config
