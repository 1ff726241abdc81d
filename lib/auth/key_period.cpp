#include "auth/key_period.hpp"

namespace feedctl::auth {

std::optional<std::size_t> signing_index(std::span<const KeyPeriod> periods, Time now) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (periods[i].has_ended(now)) continue;
    if (!found || periods[i].sign_from <= now) found = i;
  }
  return found;
}

}  // namespace feedctl::auth
