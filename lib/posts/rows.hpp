#pragma once
// The SQL of posts, each call one statement.
#include "posts/posts.hpp"

namespace feedctl::posts::rows {

struct Created {
  std::optional<Post> post;  // nullopt without replay: the author is no living user
  std::optional<commands::Replay> replay;
};
// SqlError 23505 on posts_pkey: the id was taken.
Created create(store::Database& database, std::optional<Id> author, const std::string& text,
               commands::Command& command);

store::Result of_author(store::Database& database, Id author, Id before, int count,
                        std::optional<Id> actor);

AuthorList newest_of_author(store::Database& database, Id author, int most);

struct Removal {
  bool actor_lives;
  bool forbidden;
  bool done;
  std::optional<commands::Replay> replay;
};
Removal remove(store::WriteTx& tx, Id id, std::optional<Id> actor, bool admin,
               commands::Command& command);
void remove_traces(store::WriteTx& tx, Id id);

}  // namespace feedctl::posts::rows
