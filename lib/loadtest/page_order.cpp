#include "loadtest/page_order.hpp"

#include <utility>

namespace feedctl::loadtest {

namespace {

std::string post_name(Id post) {
  return "post " + std::to_string(post);
}

std::string descent_fault(Id before, Id post) {
  if (before == post) return post_name(post) + " stands twice";
  return post_name(post) + " stands below the older " + post_name(before);
}

}  // namespace

std::optional<std::string> home_page_fault(const FeedPage& page) {
  for (std::size_t i = 1; i < page.posts.size(); ++i) {
    const Id before = page.posts[i - 1].id, post = page.posts[i].id;
    if (post >= before) return descent_fault(before, post);
  }
  return std::nullopt;
}

std::optional<std::string> hot_page_fault(const FeedPage& page) {
  std::set<Id> seen;
  std::optional<double> last;
  for (const auto& post : page.posts) {
    if (!seen.insert(post.id).second) return post_name(post.id) + " stands twice";
    if (last && post.score && *post.score > *last)
      return post_name(post.id) + " stands below a post with a lower score";
    if (post.score) last = post.score;
  }
  return std::nullopt;
}

PageWalk::PageWalk(std::set<Id> must_show, std::set<Id> must_not_show)
    : must_show_(std::move(must_show)), must_not_show_(std::move(must_not_show)) {}

std::optional<std::string> PageWalk::add(const FeedPage& page) {
  ++pages_;
  auto fault = order_fault(page);
  if (!fault) fault = missing_post(page);
  if (!page.posts.empty()) last_ = page.posts.back().id;
  return fault;
}

std::optional<std::string> PageWalk::order_fault(const FeedPage& page) const {
  if (auto fault = home_page_fault(page)) return fault;
  if (last_ && !page.posts.empty() && page.posts.front().id >= *last_)
    return descent_fault(*last_, page.posts.front().id) + ", across two pages";
  for (const auto& post : page.posts) {
    if (must_not_show_.contains(post.id)) return post_name(post.id) + " is shown";
  }
  return std::nullopt;
}

// A page shows all posts between its first and its last one; the last page all older ones, too.
std::optional<std::string> PageWalk::missing_post(const FeedPage& page) {
  for (const auto& post : page.posts) must_show_.erase(post.id);
  const bool is_last = !page.next_cursor.has_value();
  if (must_show_.empty() || (page.posts.empty() && !is_last)) return std::nullopt;
  const Id newest = *must_show_.rbegin();
  if (!is_last && newest < page.posts.back().id) return std::nullopt;
  must_show_.erase(newest);  // one finding for each
  return post_name(newest) + " is missing";
}

}  // namespace feedctl::loadtest
