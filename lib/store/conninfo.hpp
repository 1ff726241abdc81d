#pragma once
// Parsing (by libpq) and formatting of libpq connection strings. Pure functions.
#include <map>
#include <string>

#include "base/secret.hpp"

namespace feedctl::store {

// Error(config) for anything but a URI or key=value pairs.
std::map<std::string, std::string> parse_conninfo(const Secret<std::string>& url);
std::string format_conninfo(const std::map<std::string, std::string>& settings);

}  // namespace feedctl::store
