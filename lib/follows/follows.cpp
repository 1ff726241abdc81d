#include "follows/follows.hpp"

#include "base/error.hpp"
#include "follows/queries.hpp"
#include "sql/follows.hpp"

namespace feedctl::follows {

namespace {

using ListQuery = queries::MaybeUsers (*)(store::Database&, Id, Id, int);

void refuse_self_follow(Id follower, Id followee, Change change) {
  if (follower != followee) return;
  const char* verb = change == Change::follow ? "follow" : "unfollow";
  throw Error(ErrorCode::invalid_argument, std::string("cannot ") + verb + " yourself");
}

Page page(store::Database& database, ListQuery list, Id user, Id before, int limit) {
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
      follow_batcher_(database, sql::follows::follow, {.name = "follow"}),
      unfollow_batcher_(database, sql::follows::unfollow, {.name = "unfollow"}) {}

void Follows::submit(Change change, Id follower, Id followee, const commands::Command& command,
                     commands::CommandBatcher::OnOutcome done) {
  refuse_self_follow(follower, followee, change);
  batcher(change).submit(follower, followee, command, std::move(done));
}

bool Follows::finish(Id follower, Id followee, commands::Command& command,
                     const commands::Outcome& outcome) {
  const auto found = queries::read_change_row(command, commands::reply_or_throw(outcome));
  if (const auto& replay = found.replay) {
    if (replay->status == 404) throw users::missing(replay->result_id.value_or(followee));
    return false;
  }
  if (found.follower_suspended) throw users::suspended(follower);
  if (!found.followee_found) throw users::missing(followee);
  if (!found.follower_found) throw users::missing(follower);
  if (found.changed && options_.on_changed) options_.on_changed(follower);
  return found.changed;
}

bool Follows::is_finish_non_blocking(const commands::Outcome& outcome) const {
  const auto* reply = std::get_if<commands::Reply>(&outcome);
  if (reply == nullptr || !options_.on_changed) return true;
  return !queries::may_have_changed(*reply);
}

void Follows::close() {
  follow_batcher_.close();
  unfollow_batcher_.close();
}

Page Follows::followers(Id user, Id before, int limit) {
  return page(database_, queries::followers, user, before, limit);
}

Page Follows::following(Id user, Id before, int limit) {
  return page(database_, queries::following, user, before, limit);
}

}  // namespace feedctl::follows
