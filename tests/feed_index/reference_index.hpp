#pragma once
// A naive reference implementation of the feed index: every publication copies the whole state. And
// what tests of the index do again and again.
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "feed_index/feed_index.hpp"
#include "support/catch.hpp"

namespace feedctl::feed_index::tests {

struct ReferenceIndex {
  std::map<Id, Id, std::greater<>> posts;  // id -> author
  std::set<Id> deleted_authors;            // authors
  std::set<Id> suspended;                  // authors
  std::set<Id> hidden;                     // posts
  std::map<Id, std::set<Id>> follows;

  bool is_hidden(Id author) const {
    return deleted_authors.count(author) > 0 || suspended.count(author) > 0;
  }
  std::vector<Id> feed(Id user, Id before, std::size_t limit) const {
    std::vector<Id> found;
    const auto mine = follows.find(user);
    for (const auto& [post, author] : posts) {
      if (found.size() == limit) break;
      const bool shown =
          author == user || (mine != follows.end() && mine->second.count(author) > 0);
      if (post < before && shown && !is_hidden(author) && hidden.count(post) == 0)
        found.push_back(post);
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

inline constexpr Id newest = std::numeric_limits<Id>::max();

inline void load(FeedIndex& index, Id user, std::vector<Id> followees) {
  const auto loading = index.begin_follows_load(user);
  Follows follows;
  follows.followees = std::move(followees);
  follows.is_complete = true;
  REQUIRE(index.install_follows(loading, follows));
}

inline std::vector<Id> feed(const FeedIndex& index, Id user, Id before = newest,
                            std::size_t limit = 50) {
  Page page;
  index.read(user, before, limit, page);
  REQUIRE(page.result == Page::Result::complete);
  return ids_of(page);
}

inline Page::Result answer(const FeedIndex& index, Id user, Id before = newest,
                           std::size_t limit = 50) {
  Page page;
  index.read(user, before, limit, page);
  return page.result;
}

// User 1 follows 2 and 3 and has a post of each in memory and below the floor.
inline void load_below(FeedIndex& index, bool whole) {
  index.add(100, 2);
  index.add(101, 3);
  index.finish_index_load(50, false);
  index.publish(at(5));
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2, 3}, {{40, 2}, {30, 3}}, whole}));
  REQUIRE(answer(index, 1, newest, 3) == Page::Result::complete);
}

}  // namespace feedctl::feed_index::tests
