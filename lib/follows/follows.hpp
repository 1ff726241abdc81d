#pragma once
// Follows between users. A follow or unfollow is one statement, which updates both counters and
// writes the event if something changed; both are idempotent. They share statements
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

  // A command has two steps, so that no thread waits for it. submit() gives it to the batcher
  // (Error(invalid_argument) if both are one user). After `done` has run, finish() returns whether
  // something changed; a replay changes nothing. It throws Error(not_found) if either is no living
  // user or the followee is suspended, users::suspended() for such a follower. It does not wait if
  // is_finish_non_blocking() says so. With a key: see commands/command.hpp.
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
  commands::CommandBatcher& batcher(Change change) {
    return change == Change::follow ? follow_batcher_ : unfollow_batcher_;
  }

  store::Database& database_;
  Options options_;
  commands::CommandBatcher follow_batcher_, unfollow_batcher_;
};

}  // namespace feedctl::follows
