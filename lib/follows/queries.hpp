#pragma once
// The SQL of follows, one statement a call, and the readers of the batchers' rows. Errors are those
// of the store. Thread-safe.
#include <optional>
#include <vector>

#include "follows/follows.hpp"

namespace feedctl::follows::queries {

struct ChangeRow {
  bool follower_found;
  bool follower_suspended;
  bool followee_found;
  bool changed;
  std::optional<commands::Replay> replay;
};
// Reads a row of follow or unfollow: both have the same columns.
ChangeRow read_change_row(commands::Command& command, const commands::Reply& reply);
bool may_have_changed(const commands::Reply& reply);

// nullopt: no living user.
using MaybeUsers = std::optional<std::vector<users::User>>;
MaybeUsers followers(store::Database& database, Id user, Id before, int limit);
MaybeUsers following(store::Database& database, Id user, Id before, int limit);

}  // namespace feedctl::follows::queries
