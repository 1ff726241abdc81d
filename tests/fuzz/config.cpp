// Configuration files: any bytes are read or refused with their places, and what was taken over,
// written as a file again, is taken over the same.
#include "config/config.hpp"

#include "base/json_writer.hpp"
#include "config/files.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/yaml.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

using config::Config;
using config::Document;

int lines_of(std::string_view text) {
  int lines = 1;
  for (const char c : text) lines += c == '\n' || c == '\r';
  return lines;
}

void check_places(const Document& document, std::string_view text) {
  const int lines = lines_of(text) + 1;  // an end may stand behind the last line
  for (const auto& mistake : document.mistakes) {
    require(!mistake.message.empty(), "a mistake without words");
    require(mistake.position.line >= 0 && mistake.position.line <= lines,
            "a mistake behind the end");
  }
  for (const auto& entry : document.entries) {
    require(entry.is_list || entry.values.size() == (entry.is_empty ? 0U : 1U),
            "an entry of another shape");
    require(entry.key_position.line >= 1 && entry.key_position.line <= lines,
            "a key behind the end");
  }
}

std::string joined(const std::vector<std::string>& values) {
  std::string all;
  for (const auto& value : values) all.append(all.empty() ? "" : ",").append(value);
  return all;
}

// What of it a Config takes over, as text by key.
std::vector<std::pair<std::string, std::string>> taken(const Document& document, Config& config) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& entry : document.entries) {
    const auto option = config::resolve_option(entry.key);
    if (!option || entry.is_empty) continue;
    if (config::assign(*option, config, joined(entry.values))) continue;
    all.emplace_back(entry.key, config::render(*option, config));
  }
  return all;
}

std::string as_file(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (const auto& section : config::sections()) {
    std::string keys;
    for (const auto& [key, value] : values) {
      if (config::section_of(key) != section.name) continue;
      keys += "  " + key.substr(key.find('.') + 1) + ": ";
      json::append_quoted(keys, value);
      keys += "\n";
    }
    if (!keys.empty()) out.append(section.name).append(":\n").append(keys);
  }
  return out;
}

}  // namespace

void config(std::string_view bytes) {
  const auto document = config::read_yaml(bytes);
  check_places(document, bytes);
  Config first, second;
  const auto values = taken(document, first);
  const auto text = as_file(values);
  const auto again = config::read_yaml(text);
  require(again.mistakes.empty(), "what was written cannot be read: " + shown(text));
  for (const auto& [key, value] : taken(again, second)) {
    require(config::render(*config::resolve_option(key), first) == value,
            key + " has another value");
  }
  for (const auto& option : config::options_of(first)) {
    require(config::render(option, first) == config::render(option, second),
            option.key + " does not come back");
    config::render_redacted(option, first);
  }
  std::vector<std::pair<int, std::string>> wrong;
  for (const auto& [name, value] : config::parse_env_file(std::string(bytes), wrong)) {
    require(!name.empty() && name.find('=') == std::string::npos, "a variable without a name");
    require(value.find('\n') == std::string::npos, "a variable of two lines");
  }
}

}  // namespace feedctl::fuzz
