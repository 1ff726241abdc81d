#pragma once
// Posts: immutable text by an author, or by nobody. Deleting one erases its text, its counter and
// its likes in one transaction and leaves a tombstone.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
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

// The post as every endpoint shows it. `open`: leave the object open for further members.
void append_members(json::Writer& writer, const Post& post);
void append_json(json::Writer& writer, const Post& post);

// Living posts of living authors (or of nobody) with author, counts and `liked`, in the order asked
// for; those that are gone are left out. One statement.
std::vector<Post> load(store::Database& database, std::span<const Id> ids, std::optional<Id> actor);
// Reads columns of a row as sql/queries/posts/*.sql lay them out, from column `first` on.
Post from_row(const store::Row& row, int first = 0);

class Posts {
 public:
  struct Options {
    std::function<void()> on_deleted;  // after the commit
  };
  Posts(store::Database& database, Options options);

  // Error(not_found) where the author is no living user; Error(invalid_argument) for a bad text.
  Post create(std::optional<Id> author, const std::string& text);
  // Error(not_found, "Post with id N not found").
  Post get(Id id, std::optional<Id> actor);
  // `actor` nullopt: mode open without an actor, which may delete only what has no author... see
  // REQUIREMENTS "Who acts". Error(permission_denied) for another's post.
  void remove(Id id, std::optional<Id> actor, bool admin);

 private:
  store::Database& database_;
  Options options_;
};

}  // namespace feedctl::posts
