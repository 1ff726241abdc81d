#pragma once
// The ids of an author's newest posts, kept in the shared cache for a minute as user:{id}:posts. A
// list may hold posts that are gone: whoever reads it loads them, which leaves those out. It is
// dropped after the commit of a new post, and again by its event. Thread-safe. Where no cache is
// shared by all processes, or it does not answer, there are no lists; nothing here throws for that.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "cache/lists.hpp"
#include "events/unit.hpp"

namespace feedctl::posts {

inline constexpr int posts_a_list = 120;

struct AuthorList {
  bool whole = false;     // these are all posts of the author
  std::vector<Id> posts;  // newest first
};

// "whole id,id,..".
std::string serialize(const AuthorList& list);
// nullopt for anything that is no list, such as ids that do not descend.
std::optional<AuthorList> parse_author_list(std::string_view text);

std::string list_key(Id author);

struct AuthorListForm {
  using List = AuthorList;
  static std::string key(Id author) { return list_key(author); }
  static std::string text(const List& list) { return serialize(list); }
  static std::optional<List> parse(std::string_view text) { return parse_author_list(text); }
};
using AuthorLists = cache::Lists<AuthorListForm>;

// Drops the lists of authors whose posts came or went. `lists` must outlive the handler.
events::Handler drop_lists(AuthorLists& lists);

}  // namespace feedctl::posts
