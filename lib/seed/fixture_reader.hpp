#pragma once
// Reads worlds from YAML fixtures, such as fixtures/small.yaml. Plain functions; thread-safe.
#include <cstddef>
#include <string>

#include "seed/world.hpp"

namespace feedctl::seed {

inline constexpr std::size_t max_fixture_bytes = 16 * 1024 * 1024;

// Maps users, follows and posts with likes; ages count back from `now`. `source` names the file in
// errors: Error(bad_data, "small.yaml:12: ...").
World read_fixtures(const std::string& yaml, const std::string& source, Time now);
// The built-in fixtures/small.yaml.
World small_world(Time now);

}  // namespace feedctl::seed
