#pragma once
// Order of a feed's pages: newest first, no post twice, no post left out. Values; one thread at a
// time.
#include <optional>
#include <set>
#include <string>

#include "loadtest/check_answer.hpp"

namespace feedctl::loadtest {

// What is wrong with one page of a home feed, as a part of a sentence.
std::optional<std::string> home_page_fault(const FeedPage& page);
// The same for the hot feed: scores do not rise, no post stands twice.
std::optional<std::string> hot_page_fault(const FeedPage& page);

// The pages of one home feed, from the first one on.
class PageWalk {
 public:
  // `must_show`: posts that the whole feed holds; `must_not_show`: posts that it does not hold.
  PageWalk(std::set<Id> must_show, std::set<Id> must_not_show);

  // The next page. Returns what is wrong, as a part of a sentence.
  std::optional<std::string> add(const FeedPage& page);
  std::size_t pages() const { return pages_; }

 private:
  std::optional<std::string> order_fault(const FeedPage& page) const;
  std::optional<std::string> missing_post(const FeedPage& page);

  std::set<Id> must_show_;
  const std::set<Id> must_not_show_;
  std::optional<Id> last_;  // the lowest id so far
  std::size_t pages_ = 0;
};

}  // namespace feedctl::loadtest
