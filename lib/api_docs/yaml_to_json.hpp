#pragma once
// Conversion of a YAML document to JSON by the core schema of YAML 1.2: only a plain scalar can be
// null, a boolean or a number. Keys are always strings. Pure function.
#include <string>
#include <string_view>

namespace feedctl::api_docs {

// Error(bad_data), with the line, for text that is no YAML, and for what JSON cannot hold: a key
// that is no scalar, a repeated key, a tag.
std::string yaml_to_json(std::string_view yaml);

}  // namespace feedctl::api_docs
