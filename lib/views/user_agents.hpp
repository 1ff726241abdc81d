#pragma once
// Recognizes bots by their user agent. A plain function, thread-safe.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace feedctl::views {

// Whether the user agent contains one of the texts, in any case of ASCII letters.
inline bool is_bot(std::string_view user_agent, std::span<const std::string> bots) {
  const auto same = [](char a, char b) { return to_lower(a) == to_lower(b); };
  return std::any_of(bots.begin(), bots.end(), [&](const std::string& bot) {
    return !bot.empty() && std::search(user_agent.begin(), user_agent.end(), bot.begin(), bot.end(),
                                       same) != user_agent.end();
  });
}

}  // namespace feedctl::views
