#pragma once
// A naive reference implementation of the feed index: every publication copies the whole state.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "feed_index/feed_index.hpp"

namespace feedctl::feed_index::tests {

struct ReferenceIndex {
  std::map<Id, Id, std::greater<>> posts;  // id -> author
  std::set<Id> deleted_authors;            // authors
  std::map<Id, std::set<Id>> follows;

  std::vector<Id> feed(Id user, Id before, std::size_t limit) const {
    std::vector<Id> found;
    const auto mine = follows.find(user);
    for (const auto& [post, author] : posts) {
      if (found.size() == limit) break;
      const bool shown =
          author == user || (mine != follows.end() && mine->second.count(author) > 0);
      if (post < before && shown && deleted_authors.count(author) == 0) found.push_back(post);
    }
    return found;
  }
};

inline std::vector<Id> ids_of(const Page& page) {
  std::vector<Id> ids;
  for (const auto& item : page.items) ids.push_back(item.post);
  return ids;
}

// A position at which everything below `next` is seen.
inline events::PgSnapshot at(events::TransactionId next) {
  return {next, next, {}};
}

}  // namespace feedctl::feed_index::tests
