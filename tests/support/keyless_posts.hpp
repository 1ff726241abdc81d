#pragma once
// Posts whose commands have no key.
#include "posts/posts.hpp"

namespace feedctl::support {

class KeylessPosts : public posts::Posts {
 public:
  using Posts::create;
  using Posts::Posts;
  using Posts::remove;

  posts::Post create(std::optional<Id> author, const std::string& text) {
    commands::Command command;
    return create(author, text, command).post.value();
  }
  void remove(Id id, std::optional<Id> actor, bool admin) {
    commands::Command command;
    remove(id, actor, admin, command);
  }
};

}  // namespace feedctl::support
