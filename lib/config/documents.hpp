#pragma once
// Other names in the environment that feed backends are known to use: DB_HOST and its family make
// database.url, REDIS_HOST and its make redis.url, DEBUG sets log.level.
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

// A key's value put together from several variables, named in `where`; or what is wrong with them.
struct Composed {
  std::string_view key;
  std::string value;
  std::string where;
  std::string error;
};
// `lookup` gives a variable's value, nullopt where it is unset or empty.
std::vector<Composed> compose(
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace feedctl::config
