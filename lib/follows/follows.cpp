#include "follows/follows.hpp"

#include "base/error.hpp"
#include "follows/rows.hpp"
#include "sql/follows.hpp"

namespace feedctl::follows {

namespace {

using List = rows::Found (*)(store::Database&, Id, Id, int);

bool apply(commands::Lane& lane, Id follower, Id followee, const char* verb,
           commands::Command& command) {
  if (follower == followee) {
    throw Error(ErrorCode::invalid_argument, std::string("cannot ") + verb + " yourself");
  }
  const auto outcome = rows::changed(command, lane.run(follower, followee, command));
  if (const auto& replay = outcome.replay) {
    if (replay->status == 404) throw users::missing(replay->result.value_or(followee));
    return false;
  }
  if (!outcome.followee_found) throw users::missing(followee);
  if (!outcome.follower_found) throw users::missing(follower);
  return outcome.changed;
}

Page page(store::Database& database, List list, Id user, Id before, int limit) {
  auto found = list(database, user, before, limit + 1);
  if (!found) throw users::missing(user);
  Page page{*std::move(found), std::nullopt};
  if (page.users.size() > static_cast<std::size_t>(limit)) {
    page.users.pop_back();
    page.next = page.users.back().id;
  }
  return page;
}

}  // namespace

Follows::Follows(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      follow_(database, sql::follows::follow, {"follow"}),
      unfollow_(database, sql::follows::unfollow, {"unfollow"}) {}

bool Follows::follow(Id follower, Id followee, commands::Command& command) {
  const bool changed = apply(follow_, follower, followee, "follow", command);
  if (changed && options_.on_changed) options_.on_changed(follower);
  return changed;
}

bool Follows::unfollow(Id follower, Id followee, commands::Command& command) {
  const bool changed = apply(unfollow_, follower, followee, "unfollow", command);
  if (changed && options_.on_changed) options_.on_changed(follower);
  return changed;
}

bool Follows::follow(Id follower, Id followee) {
  commands::Command command;
  return follow(follower, followee, command);
}

bool Follows::unfollow(Id follower, Id followee) {
  commands::Command command;
  return unfollow(follower, followee, command);
}

Page Follows::followers(Id user, Id before, int limit) {
  return page(database_, rows::followers, user, before, limit);
}

Page Follows::following(Id user, Id before, int limit) {
  return page(database_, rows::following, user, before, limit);
}

}  // namespace feedctl::follows
