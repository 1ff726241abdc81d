#pragma once
// The stages of a load test as text: "100:10s,200:30s,~500:1m" is 100 requests a second for ten
// seconds, 200 for thirty, then within a minute up to 500. Pure functions.
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/engine.hpp"

namespace feedctl::loadtest {

inline constexpr double max_rate = 1e6;
inline constexpr std::size_t max_stages = 100;
inline constexpr std::chrono::milliseconds max_run = std::chrono::hours{24};

// Error(usage) that names the stage and says what is wrong with it.
std::vector<Stage> parse_stages(std::string_view text);

std::chrono::milliseconds duration_of(const std::vector<Stage>& stages);

}  // namespace feedctl::loadtest
