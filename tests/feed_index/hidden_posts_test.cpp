#include "feed_index/hidden_posts.hpp"

#include "reference_index.hpp"

namespace feedctl::feed_index {
namespace {

using tests::answer;
using tests::at;
using tests::feed;
using tests::load;
using tests::load_below;
using tests::newest;

TEST_CASE("a hidden post leaves all feeds with the publication, and comes back to its place") {
  FeedIndex index;
  index.finish_index_load(0, true);
  for (const Id post : {10, 11, 12}) index.add(post, 2);
  index.publish(at(5));
  load(index, 1, {2});
  load(index, 2, {});
  index.set_hidden(11, 2, true);
  CHECK(feed(index, 1) == std::vector<Id>{12, 11, 10});
  index.publish(at(6));
  for (const Id user : {1, 2}) {
    CHECK(feed(index, user) == std::vector<Id>{12, 10});
    CHECK(feed(index, user, 12, 1) == std::vector<Id>{10});
  }
  index.sweep(10, 1 << 20);
  index.sweep(10, 1 << 20);
  index.publish(at(7));
  index.set_hidden(11, 2, false);
  CHECK(feed(index, 1) == std::vector<Id>{12, 10});
  index.publish(at(8));
  for (const Id user : {1, 2}) CHECK(feed(index, user) == std::vector<Id>{12, 11, 10});
}

TEST_CASE("of the changes of a post between two publications the last one counts") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.set_hidden(10, 2, true);
  index.publish(at(5));
  load(index, 1, {2});
  for (const bool hidden : {false, true, false, true}) index.set_hidden(10, 2, hidden);
  index.publish(at(6));
  CHECK(feed(index, 1).empty());
  for (const bool hidden : {true, false, true, false}) index.set_hidden(10, 2, hidden);
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{10});
}

TEST_CASE("a post may be hidden before the load brings it") {
  FeedIndex index;
  index.set_hidden(10, 2, true);
  index.set_hidden(11, 2, true);
  index.publish(at(4));
  index.add(10, 2);
  index.add(11, 2);
  index.set_hidden(11, 2, false);
  index.finish_index_load(0, true);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{11});
}

TEST_CASE("a hidden post that is deleted stays deleted, and its author may come back without it") {
  FeedIndex index;
  index.finish_index_load(0, true);
  for (const Id post : {10, 11, 12}) index.add(post, 2);
  for (const Id post : {10, 11}) index.set_hidden(post, 2, true);
  index.set_suspended(2, true);
  index.publish(at(5));
  load(index, 1, {2});
  index.remove(10, 2);
  index.publish(at(6));
  index.sweep(10, 1 << 20);
  CHECK(feed(index, 1).empty());
  index.set_suspended(2, false);
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{12});
  index.set_hidden(10, 2, false);
  index.set_hidden(11, 2, false);
  index.publish(at(8));
  CHECK(feed(index, 1) == std::vector<Id>{12, 11});
}

TEST_CASE("hidden posts do not take the places of others on a page") {
  FeedIndex index;
  index.finish_index_load(0, true);
  std::vector<Id> authors;
  for (Id author = 100; author < 200; ++author) {
    authors.push_back(author);
    index.add(author, author);
    if (author >= 110) index.set_hidden(author, author, true);
  }
  index.publish(at(5));
  load(index, 1, authors);
  CHECK(feed(index, 1, newest, 3) == std::vector<Id>{109, 108, 107});
}

TEST_CASE("below the floor, only feeds that have posts of the author are loaded again for a hide") {
  FeedIndex index;
  load_below(index, true);
  index.set_hidden(30, 3, true);
  index.publish(at(6));
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{101, 100});
  CHECK(answer(index, 1) == Page::Result::needs_load);
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2, 3}, {{40, 2}}, true}));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40});
  index.set_hidden(30, 3, false);
  index.publish(at(7));
  CHECK(feed(index, 1, newest, 1) == std::vector<Id>{101});
  CHECK(answer(index, 1) == Page::Result::needs_load);
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2, 3}, {{40, 2}, {30, 3}}, true}));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
}

TEST_CASE("the list of hidden posts changes by publication, and forgets what is below the floor") {
  HiddenPosts posts;
  const auto empty = posts.publish(0);
  CHECK(empty->empty());
  for (const Id post : {30, 10, 20}) posts.set(post, true);
  posts.set(40, false);
  const auto first = posts.publish(0);
  CHECK(*first == std::vector<Id>{10, 20, 30});
  CHECK(posts.publish(0) == first);
  posts.set(20, false);
  posts.set(25, true);
  posts.set(15, true);
  CHECK(*posts.publish(15) == std::vector<Id>{15, 25, 30});
  CHECK(*first == std::vector<Id>{10, 20, 30});  // for readers of its publication
}

}  // namespace
}  // namespace feedctl::feed_index
