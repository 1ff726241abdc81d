#pragma once
// Aliases: environment variables of other backends. DB_HOST and its group make database.url,
// REDIS_HOST and its group make redis.url, DEBUG sets log.level. Pure functions.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::config {

struct KnownVariable {
  std::string_view names;  // "DB_HOST, DB_PORT"
  std::string_view meaning;
};
std::span<const KnownVariable> known_variables();

// A key's value made from the variables named in `where`; or the error in them.
struct AliasedValue {
  std::string_view key;
  std::string value;
  std::string where;
  std::string error;
};
// `lookup` gives a variable's value; nullopt: unset or empty.
std::vector<AliasedValue> from_env_aliases(
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace feedctl::config
