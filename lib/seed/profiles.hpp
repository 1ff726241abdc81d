#pragma once
// Named shapes of generated worlds: `feedctl seed --profile medium`. Plain functions; thread-safe.
#include <optional>
#include <string_view>

#include "seed/generated_world.hpp"

namespace feedctl::seed {

// The counts of "medium" or "million"; `now` is not set. nullopt: no generated world has this name.
std::optional<Shape> profile_shape(std::string_view name);

}  // namespace feedctl::seed
