#pragma once
// Likes whose caller waits: each call submits and finishes one command, as a route does.
#include "likes/likes.hpp"
#include "support/wait_for_outcome.hpp"

namespace feedctl::support {

class BlockingLikes : public likes::Likes {
 public:
  using Likes::Likes;

  LikeResult like(Id user, Id post, commands::Command& command) {
    return finish_like(user, post, command, wait_for_outcome([&](auto done) {
                         submit_like(user, post, command, std::move(done));
                       }));
  }
  void unlike(Id user, Id post, commands::Command& command) {
    finish_unlike(user, post, command, wait_for_outcome([&](auto done) {
                    submit_unlike(user, post, command, std::move(done));
                  }));
  }
  // The same without a key.
  LikeResult like(Id user, Id post) {
    commands::Command command;
    return like(user, post, command);
  }
  void unlike(Id user, Id post) {
    commands::Command command;
    unlike(user, post, command);
  }
};

}  // namespace feedctl::support
