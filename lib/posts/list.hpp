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
#include "cache/cache.hpp"
#include "events/unit.hpp"

namespace feedctl::posts {

inline constexpr int posts_a_list = 120;
inline constexpr std::chrono::seconds list_ttl{60};  // give or take 15 %

struct AuthorList {
  bool whole = false;     // these are all posts of the author
  std::vector<Id> posts;  // newest first
};

// "whole id,id,..".
std::string serialize(const AuthorList& list);
// nullopt for anything that is no list, such as ids that do not descend.
std::optional<AuthorList> parse_author_list(std::string_view text);

std::string list_key(Id author);

class AuthorLists {
 public:
  // `cache` must outlive it. nullptr: there are none.
  explicit AuthorLists(cache::Cache* cache)
      : cache_(cache != nullptr && cache->shared() ? cache : nullptr) {}

  bool used() const { return cache_ != nullptr; }

  struct Asked {
    std::optional<AuthorList> list;
    std::string token;  // where it is not empty, the caller may fill
  };
  Asked read(Id author);
  void fill(Id author, const std::string& token, const AuthorList& list);
  void drop(const std::vector<Id>& authors);

 private:
  cache::Cache* const cache_;
};

// Drops the lists of authors whose posts came or went. `lists` must outlive the handler.
events::Handler drop_lists(AuthorLists& lists);

}  // namespace feedctl::posts
