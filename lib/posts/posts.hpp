#pragma once
// Posts: immutable text by an author, or by nobody. Deleting one erases its text and its counter
// and leaves a tombstone; more than a thousand likes go in the background. Thread-safe.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "commands/command.hpp"
#include "posts/list.hpp"
#include "store/database.hpp"

namespace feedctl::posts {

inline constexpr std::size_t max_text = 10000;  // code points

struct Author {
  Id id;
  std::string handle;
  std::string name;
};

struct Post {
  Id id = 0;
  std::optional<Author> author;
  std::string text;
  std::int64_t like_count = 0;
  std::int64_t view_count = 0;
  std::optional<bool> liked;  // by the actor, where there is one
  Time created_at;
};

// Some posts of a list, newest first; `next` is the id to go on below, nullopt at the true end.
struct Page {
  std::vector<Post> posts;
  std::optional<Id> next;
};

// The members of the post as every endpoint shows it, for an object that is open and may get more.
void append_members(json::Writer& writer, const Post& post);
void append_json(json::Writer& writer, const Post& post);
void append_array(json::Writer& writer, std::span<const Post> posts);

// The same put together from pieces that never change and may be kept: whoever answers thousands of
// pages a second only copies.
struct Pieces {
  Id id = 0;
  std::string_view author;  // of author_piece()
  std::string_view text;    // of text_piece()
  std::int64_t like_count = 0;
  std::int64_t view_count = 0;
  std::optional<bool> liked;
  std::string_view time;  // of time_piece()
};
std::string author_piece(const std::optional<Author>& author);
std::string text_piece(std::string_view text);
std::string time_piece(Time created_at);
void append_members(std::string& out, const Pieces& pieces);
inline constexpr std::size_t members_room = 128;  // what that may take beyond its pieces

// Living posts of living authors (or of nobody) with author, counts and `liked`, in the order asked
// for; those that are gone are left out. One statement.
std::vector<Post> load(store::Database& database, std::span<const Id> ids, std::optional<Id> actor);

// Reads nine columns of a row from column `first` on, as sql/queries/posts/load.sql lays them out.
Post from_row(const store::Row& row, int first = 0);
// A page of such rows, read with one row more than `limit` to see whether there is a next page.
Page page_of(const store::Result& rows, int limit);
// `before` of a first page: every id lies below it.
inline constexpr Id newest = INT64_MAX;

// Error(invalid_argument) for a text longer than max_text, one that shows nothing, or with U+0000.
void check_text(const std::string& text);

Error missing(Id post);  // "Post with id N not found"

class Posts {
 public:
  struct Options {
    std::function<void()> on_deleted;  // after the commit; must not throw
    cache::Cache* cache = nullptr;     // for authors' newest posts; must outlive Posts
  };
  Posts(store::Database& database, Options options);

  struct Creation {
    Id id = 0;
    std::optional<Post> post;  // nullopt: a replay, and the post is gone since
  };
  // Error(not_found) where the author is no living user; Error(invalid_argument) for a bad text.
  // With a key: see commands/command.hpp.
  Creation create(std::optional<Id> author, const std::string& text, commands::Command& command);
  Post create(std::optional<Id> author, const std::string& text);  // without a key
  // Error(not_found, "Post with id N not found").
  Post get(Id id, std::optional<Id> actor);
  // An author's posts below id `before`, a first page by their list where the cache has one.
  // Error(not_found) for no living user.
  Page of_author(Id author, Id before, int limit, std::optional<Id> actor);
  // The post, unchanged: nothing of it can change. Error(invalid_argument) for another text than it
  // has; Error(permission_denied) for another's post, as in remove().
  Post update(Id id, std::optional<Id> actor, bool admin, const std::optional<std::string>& text);
  // Without `actor` (mode open) anybody's post; else the actor's own, and any post where the
  // actor's token says `admin` and the database agrees. Error(permission_denied) for another's
  // post.
  void remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command);
  void remove(Id id, std::optional<Id> actor, bool admin);  // without a key

 private:
  bool try_remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command);
  std::optional<AuthorList> newest_of(Id author);
  std::optional<Page> listed(Id author, int limit, std::optional<Id> actor);

  store::Database& database_;
  Options options_;
  AuthorLists lists_;
};

}  // namespace feedctl::posts
