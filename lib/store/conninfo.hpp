#pragma once
// libpq connection strings, taken apart and put together by libpq's own parser.
#include <map>
#include <string>

#include "base/secret.hpp"

namespace feedctl::store {

// Error(config) where it is neither a URI nor key=value pairs.
std::map<std::string, std::string> parse_conninfo(const Secret<std::string>& url);
std::string format_conninfo(const std::map<std::string, std::string>& settings);

}  // namespace feedctl::store
