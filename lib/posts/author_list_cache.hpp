#pragma once
// The ids of an author's newest posts, kept in the shared cache for a minute as user:{id}:posts. A
// list holds hidden posts and may hold deleted ones: posts::load() leaves them out. The commit of a
// new post invalidates the list, and so does its event. If no cache is shared, or it does not
// answer, there are no lists; no call throws for that. Thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "cache/cached_lists.hpp"
#include "events/unit_of_work.hpp"

namespace feedctl::posts {

inline constexpr int max_posts_per_list = 120;

struct AuthorList {
  bool is_complete = false;  // the list has all posts of the author
  std::vector<Id> posts;     // newest first
};

// "<1 if complete, else 0> id,id,..".
std::string serialize(const AuthorList& list);
// nullopt for anything that is no list, such as ids that do not descend.
std::optional<AuthorList> parse_author_list(std::string_view text);

std::string list_key(Id author);

struct AuthorListCodec {
  using List = AuthorList;
  static std::string key(Id author) { return list_key(author); }
  static std::string text(const List& list) { return serialize(list); }
  static std::optional<List> parse(std::string_view text) { return parse_author_list(text); }
};
using AuthorListCache = cache::CachedLists<AuthorListCodec>;

// Invalidates the lists of the authors whose posts were created or deleted. `lists` must outlive
// the handler.
events::Handler invalidate_author_lists(AuthorListCache& lists);

}  // namespace feedctl::posts
