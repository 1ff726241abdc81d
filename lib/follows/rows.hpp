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
// Of follow and unfollow, whose rows are alike.
Outcome changed(commands::Command& command, const commands::Reply& reply);
bool may_have_changed(const commands::Reply& reply);

// nullopt: no living user.
using Found = std::optional<std::vector<users::User>>;
Found followers(store::Database& database, Id user, Id before, int limit);
Found following(store::Database& database, Id user, Id before, int limit);

}  // namespace feedctl::follows::rows
