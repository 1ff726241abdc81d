#pragma once
// Texts in the configuration files that feedctl writes for private servers. A pure function; any
// thread.
#include <string>

namespace feedctl::cli {

// A double-quoted scalar of YAML.
inline std::string yaml_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace feedctl::cli
