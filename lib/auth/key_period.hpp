#pragma once
// When a signing key is used. Plain values and pure functions.
#include <optional>
#include <span>
#include <string>

#include "base/time.hpp"

namespace feedctl::auth {

struct KeyPeriod {
  std::string kid;
  Time sign_from;
  std::optional<Time> verify_until;  // nullopt: no end is planned

  bool has_ended(Time now) const { return verify_until && *verify_until <= now; }
};

// The key that signs: the newest whose time has come, of those that have not ended. Where no time
// has come, as after the clock was set back, the oldest. `periods` is ordered by sign_from.
// nullopt: all have ended.
std::optional<std::size_t> signing_index(std::span<const KeyPeriod> periods, Time now);

}  // namespace feedctl::auth
