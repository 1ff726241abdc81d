#pragma once
// The SQL of likes, each call one statement.
#include "likes/likes.hpp"

namespace feedctl::likes::rows {

struct Liked {
  bool post_found;
  std::optional<Like> like;  // nullopt: nothing was inserted
  std::optional<commands::Replay> replay;
};
Liked like(store::Database& database, Id user, Id post, commands::Command& command);

struct Unliked {
  bool post_found;
  bool done;
  std::optional<commands::Replay> replay;
};
Unliked unlike(store::Database& database, Id user, Id post, commands::Command& command);

struct Found {
  bool post_found;
  std::optional<Like> like;
  std::string snapshot = {};  // that saw it
};
Found find(store::Database& database, Id user, Id post);

std::optional<Aggregates> aggregates(store::Database& database, Id post);
std::vector<Like> of_post(store::Database& database, Id post, Id before, int count);

}  // namespace feedctl::likes::rows
