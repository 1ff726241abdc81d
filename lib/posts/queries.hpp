#pragma once
// The SQL of posts, one statement a call. Errors are those of the store. Thread-safe.
#include "media/media_service.hpp"
#include "posts/posts.hpp"

namespace feedctl::posts::queries {

struct CreateRow {
  std::optional<Post> post;  // nullopt without replay: the author is no active user
  std::optional<commands::Replay> replay;
};
// SqlError 23505 on posts_pkey: the id was taken.
CreateRow create(store::Database& database, std::optional<Id> author, const std::string& text,
                 commands::Command& command);

// The id of a post that create_with_image() makes.
struct DraftRow {
  std::optional<Id> post;  // nullopt without replay: the author is no active user
  std::optional<commands::Replay> replay;
};
DraftRow draft(store::Database& database, std::optional<Id> author, commands::Command& command);
// As create(), with the id that draft() drew and the image that is stored.
CreateRow create_with_image(store::Database& database, Id id, std::optional<Id> author,
                            const std::string& text, const media::StagedImage& image,
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

// What hide() and unhide() found.
struct ModerationRow {
  bool is_found;
  bool was_hidden;
  std::optional<std::string> reason;
  std::optional<commands::Replay> replay;
};
// Both lock the post first: changes of one post come one after another.
ModerationRow hide(store::WriteTx& tx, Id id, const std::optional<std::string>& reason,
                   std::optional<Id> moderator, commands::Command& command);
ModerationRow unhide(store::WriteTx& tx, Id id, std::optional<Id> moderator,
                     commands::Command& command);

// nullopt: no living post.
std::optional<ModeratedPost> moderated(store::WriteTx& tx, Id id);
// In the order of `ids`, without those that are gone.
std::vector<ModeratedPost> moderated(store::Database& database, const std::vector<Id>& ids);

struct SearchRow {
  std::vector<Id> posts;  // newest first, at most `max_posts`
  std::int64_t scanned;
  std::optional<Id> last_scanned;
};
SearchRow search(store::Database& database, const PostSearch& search, std::optional<Id> author,
                 Id before, int max_scanned, int max_posts);

}  // namespace feedctl::posts::queries
