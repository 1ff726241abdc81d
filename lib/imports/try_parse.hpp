#pragma once
// Parses an element where a fault is no error: it is left for the pass that counts. Pure function.
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace feedctl::imports {

inline std::optional<json::Value> try_parse(std::string_view item) {
  try {
    return json::parse(item);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace feedctl::imports
