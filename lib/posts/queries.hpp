#pragma once
// The SQL of posts, one statement a call. Errors are those of the store. Thread-safe.
#include "posts/posts.hpp"

namespace feedctl::posts::queries {

struct CreateRow {
  std::optional<Post> post;  // nullopt without replay: the author is no active user
  std::optional<commands::Replay> replay;
};
// SqlError 23505 on posts_pkey: the id was taken.
CreateRow create(store::Database& database, std::optional<Id> author, const std::string& text,
                 commands::Command& command);

store::Result of_author(store::Database& database, Id author, Id before, int count,
                        std::optional<Id> actor);

AuthorList newest_of_author(store::Database& database, Id author, int max_posts);

struct RemoveRow {
  bool actor_is_active;
  bool is_forbidden;
  bool removed;
  std::optional<commands::Replay> replay;
};
RemoveRow remove(store::WriteTx& tx, Id id, std::optional<Id> actor, bool admin,
                 commands::Command& command);
void delete_related_rows(store::WriteTx& tx, Id id);

}  // namespace feedctl::posts::queries
