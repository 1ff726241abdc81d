#pragma once
// Follows whose caller waits: each call submits and finishes one command, as a route does.
#include "follows/follows.hpp"
#include "support/wait_for_outcome.hpp"

namespace feedctl::support {

class BlockingFollows : public follows::Follows {
 public:
  using Follows::Follows;

  // Whether something changed.
  bool follow(Id follower, Id followee, commands::Command& command) {
    return change(follows::Change::follow, follower, followee, command);
  }
  // The same without a key.
  bool follow(Id follower, Id followee) {
    commands::Command command;
    return follow(follower, followee, command);
  }
  bool unfollow(Id follower, Id followee) {
    commands::Command command;
    return change(follows::Change::unfollow, follower, followee, command);
  }

 private:
  bool change(follows::Change change, Id follower, Id followee, commands::Command& command) {
    return finish(follower, followee, command, wait_for_outcome([&](auto done) {
                    submit(change, follower, followee, command, std::move(done));
                  }));
  }
};

}  // namespace feedctl::support
