#pragma once
// Posts: immutable text, with or without an author; an image, which may change. A delete erases the
// text and the counter and leaves a tombstone; a background job deletes the likes above a thousand.
// A moderator hides a post: nobody sees it, its author included, until it is shown again; nothing
// of it is lost. Thread-safe.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "base/ids.hpp"
#include "commands/command.hpp"
#include "events/pg_snapshot.hpp"
#include "posts/author_list_cache.hpp"
#include "posts/post.hpp"
#include "posts/post_json.hpp"
#include "store/database.hpp"

namespace feedctl::media {
struct StagedImage;
}

namespace feedctl::posts {

inline constexpr std::size_t max_text_length = 10000;  // code points

// Some posts of a list, newest first. The next page lies below id `next`; nullopt at the end.
struct Page {
  std::vector<Post> posts;
  std::optional<Id> next;
};

// A page and the snapshot of the statement that read it.
struct SnapshotPage {
  Page page;
  events::PgSnapshot snapshot;
};

// Loads posts in the order of `ids`, without deleted and hidden posts and those of hidden authors,
// who are deleted or suspended. One statement.
std::vector<Post> load(store::Database& database, std::span<const Id> ids, std::optional<Id> actor);

// Reads the eleven columns of sql/queries/posts/load.sql, from column `first` on.
Post from_row(const store::Row& row, int first = 0);
inline constexpr int row_columns = 11;
inline constexpr int snapshot_column = row_columns;  // of statements that give it behind these
// A page of such rows. The caller reads `limit` + 1 rows, which shows whether there is a next page.
Page page_of(const store::Result& rows, int limit);
// A page_of() rows with the snapshot in snapshot_column. Column 0 of the only row is null if there
// is no post.
SnapshotPage to_snapshot_page(const store::Result& rows, int limit);
// `before` of a first page: greater than every id.
inline constexpr Id max_id = INT64_MAX;

// Error(invalid_argument) for a text longer than max_text_length, a blank one, or one with U+0000.
void check_text(const std::string& text);

Error missing(Id post);  // "Post with id N not found"

// A living post as moderators see it, also a hidden one or one of a suspended author.
struct ModeratedPost {
  Post post;
  std::optional<Time> hidden_at;
  std::optional<std::string> hidden_reason;
};

struct ModeratedPage {
  std::vector<ModeratedPost> posts;  // newest first
  std::optional<Id> next;            // as in Page; a page may be short, or empty, and have a next
};

// What moderators search for.
struct PostSearch {
  enum class State { any, visible, hidden };
  std::string text;                   // part of the text, in any case; empty: any
  std::optional<std::string> author;  // a handle
  State state = State::any;
};

class Posts {
 public:
  struct Options {
    // A post was deleted, hidden or shown again; after the commit. Must not throw.
    std::function<void()> on_visibility_change;
    cache::Cache* cache = nullptr;  // for the author lists; must outlive Posts
  };
  Posts(store::Database& database, Options options);

  struct Creation {
    Id id = 0;
    std::optional<Post> post;  // nullopt: a replay of a post that was deleted since
  };
  // users::require_active() for the author; Error(invalid_argument) for a bad text.
  // With a key: see commands/command.hpp.
  Creation create(std::optional<Id> author, const std::string& text, commands::Command& command);
  // The same with an image, in one transaction. `stage` checks the image and stores its object
  // before the deadline; it gets the id that the post will have, and does not run for a key that is
  // stored. An object whose post is not made stays without a row: `feedctl media gc` removes it.
  // Errors also of `stage`, which come before those of an author who is suspended meanwhile.
  using StageImage = std::function<media::StagedImage(Id post, Deadline deadline)>;
  Creation create_with_image(std::optional<Id> author, const std::string& text,
                             const StageImage& stage, commands::Command& command);
  // Error(not_found, "Post with id N not found").
  Post get(Id id, std::optional<Id> actor);
  // An author's posts below id `before`. The author list in the cache serves first pages.
  // Error(not_found) for no living user.
  Page of_author(Id author, Id before, int limit, std::optional<Id> actor);
  // Returns the post unchanged: a post is immutable. Error(invalid_argument) for another text;
  // Error(permission_denied) for another user's post, as in remove().
  Post update(Id id, std::optional<Id> actor, bool admin, const std::optional<std::string>& text);
  // Without `actor` (mode open) it removes any post that is shown. With one it removes the actor's
  // own post; an admin, by token and by database, removes any, also a hidden one. Else
  // Error(permission_denied).
  void remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command);

  // Moderators' commands. Each change commits with its entry in the audit log. Hiding a post that
  // is hidden, and showing one that is shown, succeeds and changes nothing but a new reason.
  // Error(not_found) for no living post, Error(invalid_argument) for a bad reason.
  // With a key: see commands/command.hpp.
  ModeratedPost hide(Id id, const std::optional<std::string>& reason, const audit::Actor& moderator,
                     commands::Command& command);
  ModeratedPost unhide(Id id, const audit::Actor& moderator, commands::Command& command);
  void remove(Id id, const audit::Actor& moderator, commands::Command& command);
  // The posts below id `before`. It looks through some thousand posts at most: `next` goes on.
  // Error(invalid_argument) for an author whom nobody knows.
  ModeratedPage search(const PostSearch& search, Id before, int limit);

 private:
  Creation created(Post post);
  Creation replayed_creation(std::optional<Id> author, const commands::Replay& replay);
  bool remove_once(Id id, std::optional<Id> actor, bool admin, commands::Command& command,
                   const audit::Actor* moderator);
  void tell_visibility_change() const;
  std::optional<AuthorList> newest_post_ids(Id author);
  std::optional<Page> page_from_list(Id author, int limit, std::optional<Id> actor);

  store::Database& database_;
  Options options_;
  AuthorListCache author_lists_;
};

}  // namespace feedctl::posts
