#pragma once
// The SQL of posts, each call one statement.
#include "posts/posts.hpp"

namespace feedctl::posts::rows {

// nullopt: the author is no living user. SqlError 23505 on posts_pkey: the id was taken.
std::optional<Post> create(store::Database& database, std::optional<Id> author,
                           const std::string& text);

store::Result of_author(store::Database& database, Id author, Id before, int count,
                        std::optional<Id> actor);

struct Removal {
  bool actor_lives;
  bool forbidden;
  bool done;
};
Removal remove(store::WriteTx& tx, Id id, std::optional<Id> actor, bool admin);
void remove_traces(store::WriteTx& tx, Id id);

}  // namespace feedctl::posts::rows
