#pragma once
#include <optional>
#include <vector>

#include "follows/follows.hpp"

namespace feedctl::follows::rows {

struct Outcome {
  bool follower_found;
  bool followee_found;
  bool changed;
  std::optional<commands::Replay> replay;
};
Outcome follow(store::Database& database, Id follower, Id followee, commands::Command& command);
Outcome unfollow(store::Database& database, Id follower, Id followee, commands::Command& command);

// nullopt: no living user.
using Found = std::optional<std::vector<users::User>>;
Found followers(store::Database& database, Id user, Id before, int limit);
Found following(store::Database& database, Id user, Id before, int limit);

}  // namespace feedctl::follows::rows
