#pragma once
// Follows between users. follow() and unfollow() each run one statement, which updates both
// counters and writes the event if something changed; both are idempotent. They share statements
// (commands/command_batcher.hpp). Thread-safe.
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "commands/command_batcher.hpp"
#include "store/database.hpp"
#include "users/users.hpp"

namespace feedctl::follows {

struct Page {
  std::vector<users::User> users;  // ids descending
  std::optional<Id> next;          // the next page lies below this id
};

enum class Change { follow, unfollow };

class Follows {
 public:
  struct Options {
    std::function<void(Id follower)> on_changed = {};  // runs after the commit; must not throw
  };
  explicit Follows(store::Database& database) : Follows(database, Options{}) {}
  Follows(store::Database& database, Options options);

  // Returns whether something changed; a replay changes nothing. Error(invalid_argument) if both
  // are one user, Error(not_found) if either is no living user. With a key: see
  // commands/command.hpp.
  bool follow(Id follower, Id followee, commands::Command& command);
  bool unfollow(Id follower, Id followee, commands::Command& command);
  // The same without a key.
  bool follow(Id follower, Id followee);
  bool unfollow(Id follower, Id followee);

  // The same in two steps, for callers that do not wait. submit() gives the command to the batcher
  // (Error(invalid_argument) if both are one user); after `done` has run, finish() makes the
  // result. It does not wait if is_finish_non_blocking() says so.
  void submit(Change change, Id follower, Id followee, const commands::Command& command,
              commands::CommandBatcher::OnOutcome done);
  bool is_finish_non_blocking(const commands::Outcome& outcome) const;
  bool finish(Id follower, Id followee, commands::Command& command,
              const commands::Outcome& outcome);

  // Refuses new commands and runs those that wait.
  void close();

  // Users with ids below `before`. Error(not_found) if `user` is no living user.
  Page followers(Id user, Id before, int limit);
  Page following(Id user, Id before, int limit);

 private:
  bool change(Change change, Id follower, Id followee, commands::Command& command);
  commands::CommandBatcher& batcher(Change change) {
    return change == Change::follow ? follow_batcher_ : unfollow_batcher_;
  }

  store::Database& database_;
  Options options_;
  commands::CommandBatcher follow_batcher_, unfollow_batcher_;
};

}  // namespace feedctl::follows
