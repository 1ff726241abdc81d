#pragma once
// The limits of sign-ins and sessions. Plain values.
#include <chrono>
#include <functional>

#include "base/time.hpp"

namespace feedctl::accounts {

inline constexpr std::chrono::minutes login_lifetime{10};  // from the start to the callback
inline constexpr std::chrono::seconds code_lifetime{60};
inline constexpr std::chrono::days session_idle_limit{14};  // without a refresh
inline constexpr std::chrono::days session_max_age{90};
// A client that lost the response to a refresh may repeat it for so long.
inline constexpr std::chrono::seconds refresh_grace{10};
inline constexpr int max_sessions_per_user = 20;

struct Options {
  std::chrono::seconds access_token_ttl{600};
  std::chrono::seconds max_access_token_ttl{86400};  // of tokens without a session, too
  std::function<Time()> clock = now;
};

}  // namespace feedctl::accounts
