#pragma once
// The SQL of likes, each call one statement; liked and unliked read what a lane brought.
#include <chrono>

#include "likes/likes.hpp"

namespace feedctl::likes::rows {

struct Liked {
  bool post_found;
  std::optional<Like> made;   // by this command
  std::optional<Like> there;  // or else there already, as far as the statement saw
  std::optional<std::chrono::steady_clock::time_point> doubt;  // see commands::Reply
  std::optional<commands::Replay> replay;
};
Liked liked(commands::Command& command, const commands::Reply& reply, Id user, Id post);

// Whether a statement made a like, or took one away.
bool any_made(const store::Result& rows);
bool any_gone(const store::Result& rows);

// Whether that row alone makes the answer.
bool tells_all(const commands::Reply& reply);

struct Unliked {
  bool post_found;
  bool done;
  std::optional<commands::Replay> replay;
};
Unliked unliked(commands::Command& command, const commands::Reply& reply);

// Whether the like was made after `since`, by the database's clock, give or take this statement.
bool made_since(store::Database& database, Id user, Id post,
                std::chrono::steady_clock::time_point since);

struct Found {
  bool post_found;
  std::optional<Like> like;
  std::string snapshot = {};  // that saw it
};
Found find(store::Database& database, Id user, Id post);

std::optional<Aggregates> aggregates(store::Database& database, Id post);
std::vector<Like> of_post(store::Database& database, Id post, Id before, int count);

}  // namespace feedctl::likes::rows
