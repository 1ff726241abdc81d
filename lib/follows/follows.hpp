#pragma once
// Who follows whom. Following and unfollowing each is one statement that moves both counters and
// writes its event where something changed; repeated ones are answered alike. Those that come
// together go to the database together (commands/batch.hpp). Thread-safe.
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "commands/batch.hpp"
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
    std::function<void(Id follower)> on_changed = {};  // after the commit; must not throw
  };
  explicit Follows(store::Database& database) : Follows(database, Options{}) {}
  Follows(store::Database& database, Options options);

  // Whether something changed (a replay changes nothing). Error(invalid_argument) for oneself,
  // Error(not_found) where either is no living user. With a key: see commands/command.hpp.
  bool follow(Id follower, Id followee, commands::Command& command);
  bool unfollow(Id follower, Id followee, commands::Command& command);
  // The same without a key.
  bool follow(Id follower, Id followee);
  bool unfollow(Id follower, Id followee);

  // The two in halves, for callers that do not wait: the lane gets the first
  // (Error(invalid_argument) for oneself), and when `done` was called the second makes the outcome;
  // it waits for nothing where it is quick.
  void submit(Change change, Id follower, Id followee, const commands::Command& command,
              commands::Lane::Done done);
  bool is_quick(const commands::Outcome& outcome) const;
  bool finish(Id follower, Id followee, commands::Command& command,
              const commands::Outcome& outcome);

  // Carries out what waits; nothing is taken afterwards.
  void close();

  // Of the users with ids below `before`. Error(not_found) for no living user.
  Page followers(Id user, Id before, int limit);
  Page following(Id user, Id before, int limit);

 private:
  bool change(Change change, Id follower, Id followee, commands::Command& command);
  commands::Lane& lane(Change change) { return change == Change::follow ? follow_ : unfollow_; }

  store::Database& database_;
  Options options_;
  commands::Lane follow_, unfollow_;
};

}  // namespace feedctl::follows
