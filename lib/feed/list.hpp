#pragma once
// The first rows of a reader's home feed, kept in the shared cache for a minute as feed:{user_id}.
// A list is only a hint where to look: whoever reads it merges own posts and those of authors
// without rows, and leaves out unfollowed authors and deleted posts, as they are at that moment. It
// is dropped after the commit of every row that might belong to it. Thread-safe. Where no cache is
// shared by all processes, or it does not answer, there are no lists; nothing here throws for that.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "cache/lists.hpp"
#include "events/position.hpp"

namespace feedctl::feed {

inline constexpr int rows_a_list = 80;

struct List {
  events::Snapshot snapshot;            // of the statement that read the rows
  std::int64_t generation = 0;          // of the reader's rows
  Id floor = 0;                         // no rows were read below it
  bool whole = false;                   // these are all rows of the reader above the floor
  std::vector<Id> posts, authors = {};  // newest first; the author of each post

  // Whether a page of so many posts may come from it.
  bool reaches(int limit) const { return whole || posts.size() > static_cast<std::size_t>(limit); }
};

// "xmin:xmax:xip generation floor whole post author,post author,..".
std::string serialize(const List& list);
// nullopt for anything that is no list, such as posts that do not descend.
std::optional<List> parse_list(std::string_view text);
// The last part of that text; false where it is none.
bool parse_rows(std::string_view text, List& list);

std::string list_key(Id user);

struct ListForm {
  using List = feed::List;
  static std::string key(Id user) { return list_key(user); }
  static std::string text(const List& list) { return serialize(list); }
  static std::optional<List> parse(std::string_view text) { return parse_list(text); }
};
using Lists = cache::Lists<ListForm>;

}  // namespace feedctl::feed
