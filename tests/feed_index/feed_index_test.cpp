#include <limits>
#include <random>

#include "reference_index.hpp"
#include "support/catch.hpp"

namespace feedctl::feed_index {
namespace {

using tests::answer;
using tests::at;
using tests::feed;
using tests::ids_of;
using tests::load;
using tests::load_below;
using tests::newest;

TEST_CASE("nothing is served before the load is complete") {
  FeedIndex index;
  CHECK(answer(index, 1) == Page::Result::not_covered);
  index.add(10, 2);
  index.publish(at(5));
  CHECK(answer(index, 1) == Page::Result::not_covered);
  index.finish_index_load(0, false);
  index.publish(at(6));
  CHECK(answer(index, 1) == Page::Result::needs_load);
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{10});
}

TEST_CASE("a batch becomes visible as a whole when it is published") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  load(index, 1, {2, 3});
  index.add(10, 2);
  index.add(11, 3);
  CHECK(feed(index, 1).empty());
  index.publish(at(6));
  CHECK(feed(index, 1) == std::vector<Id>{11, 10});
  index.remove(11, 3);
  CHECK(feed(index, 1) == std::vector<Id>{11, 10});
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{10});
}

TEST_CASE("slices and the log may overlap in any order, and a removal stays") {
  FeedIndex index;
  index.remove(10, 2);
  index.add(10, 2);  // from a slice that was read before the removal
  index.add(11, 2);
  index.add(11, 2);
  index.finish_index_load(0, false);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{11});
  index.add(11, 2);
  index.remove(11, 2);
  index.add(11, 2);
  index.publish(at(6));
  CHECK(feed(index, 1).empty());
}

TEST_CASE("a post whose id is older than its author's newest is inserted in order") {
  FeedIndex index;
  index.finish_index_load(0, false);
  for (const Id post : {10, 30, 20, 40, 5}) index.add(post, 2);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{40, 30, 20, 10, 5});
  CHECK(feed(index, 1, 30) == std::vector<Id>{20, 10, 5});
}

TEST_CASE("a load is not installed if the follows changed meanwhile") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  const auto loading = index.begin_follows_load(1);
  index.invalidate_follows(1);
  CHECK_FALSE(index.install_follows(loading, {}));
  CHECK(answer(index, 1) == Page::Result::needs_load);
}

TEST_CASE("of two concurrent loads only the first is installed") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  const auto first = index.begin_follows_load(1);
  const auto second = index.begin_follows_load(1);
  CHECK(index.install_follows(first, {}));
  CHECK_FALSE(index.install_follows(second, {}));
}

TEST_CASE("an invalidation drops the follow set immediately") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  load(index, 1, {2});
  index.invalidate_follows(1);
  CHECK(answer(index, 1) == Page::Result::needs_load);
  CHECK(index.size().follow_sets == 0);
  CHECK(index.size().follow_set_bytes == 0);
}

TEST_CASE("a deleted author appears in no feed, and has none") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.add(10, 2);
  index.add(11, 3);
  index.publish(at(5));
  load(index, 1, {2, 3});
  index.remove_author(2);
  index.publish(at(6));
  load(index, 1, {2, 3});
  load(index, 2, {3});
  CHECK(feed(index, 1) == std::vector<Id>{11});
  CHECK(answer(index, 2) == Page::Result::not_covered);
}

TEST_CASE("authors whose newest posts were removed do not hide the others") {
  FeedIndex index;
  index.finish_index_load(0, false);
  Id post = 1;
  for (Id author = 100; author < 200; ++author) index.add(post++, author);
  for (Id author = 200; author < 300; ++author) index.add(post++, author);
  for (Id author = 200; author < 300; ++author) index.remove(author - 99, author);
  index.publish(at(5));
  std::vector<Id> all;
  for (Id author = 100; author < 300; ++author) all.push_back(author);
  load(index, 1, all);
  const auto found = feed(index, 1, newest, 10);
  CHECK(found == std::vector<Id>{100, 99, 98, 97, 96, 95, 94, 93, 92, 91});
}

TEST_CASE("below the floor a page comes from the loaded posts or is not covered") {
  FeedIndex index;
  index.add(100, 2);
  index.finish_index_load(50, false);
  index.publish(at(5));
  const auto loading = index.begin_follows_load(1);
  REQUIRE(loading.floor == 50);
  Follows follows{{2, 3}, {{40, 2}, {30, 3}}, false};
  REQUIRE(index.install_follows(loading, follows));
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{100, 40});
  CHECK(answer(index, 1, newest, 3) == Page::Result::not_covered);  // older posts may follow
  follows.is_complete = true;
  REQUIRE(index.install_follows(index.begin_follows_load(1), follows));
  CHECK(feed(index, 1) == std::vector<Id>{100, 40, 30});
  CHECK(feed(index, 1, 40) == std::vector<Id>{30});
  SECTION("a removal down there has it loaded again") {
    index.remove(40, 2);
    CHECK(answer(index, 1) == Page::Result::needs_load);
    CHECK(feed(index, 1, newest, 0).empty());
  }
  SECTION("a post that comes late down there, too") {
    index.add(45, 2);
    CHECK(answer(index, 1) == Page::Result::needs_load);
  }
  SECTION("a floor that has risen since, too") {
    index.raise_floor(60);
    index.publish(at(6));
    CHECK(answer(index, 1) == Page::Result::needs_load);
  }
}

TEST_CASE("a change below the floor reloads only the feeds that show its author there") {
  FeedIndex index;
  load_below(index, true);
  index.remove(35, 4);
  index.publish(at(6));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
  index.remove(20, 3);
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{101, 100});
  CHECK(feed(index, 1, 101, 1) == std::vector<Id>{100});
  CHECK(answer(index, 1) == Page::Result::needs_load);
}

TEST_CASE("a deleted account reloads no feed that is complete in memory") {
  FeedIndex index;
  load_below(index, true);
  index.remove_author(4);
  index.publish(at(6));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
  index.remove_author(3);
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{100, 40});
  SECTION("nor do the deletes of what they leave behind") {
    index.remove(30, 3);
    index.remove(20, 3);
    index.publish(at(8));
    CHECK(feed(index, 1) == std::vector<Id>{100, 40});
  }
}

TEST_CASE("an incomplete feed is loaded once more when an account is deleted") {
  FeedIndex index;
  load_below(index, false);
  CHECK(answer(index, 1, newest, 4) == Page::Result::not_covered);
  index.remove_author(3);
  index.publish(at(6));
  CHECK(feed(index, 1, newest, 1) == std::vector<Id>{100});
  CHECK(answer(index, 1, newest, 2) == Page::Result::needs_load);
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2}, {{40, 2}, {20, 2}}, false}));
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{100, 40});
  CHECK(answer(index, 1, newest, 3) == Page::Result::not_covered);
}

TEST_CASE(
    "a delete below the floor during a load is not lost, whichever authors were known before") {
  FeedIndex index;
  index.finish_index_load(50, false);
  index.publish(at(5));
  const auto loading = index.begin_follows_load(1);
  index.remove(40, 2);  // the snapshot of the load still holds the post
  index.publish(at(6));
  REQUIRE(index.install_follows(loading, {{2}, {{40, 2}}, true}));
  CHECK(answer(index, 1) == Page::Result::needs_load);
}

TEST_CASE("memory below the floor is freed") {
  FeedIndex index;
  index.finish_index_load(0, false);
  const auto many = static_cast<Id>(3 * concurrent::SegmentedArray<Id>::segment_length);
  for (Id post = 1; post <= many; ++post) index.add(post, 1 + post % 100);
  index.publish(at(5));
  const auto before = index.size().post_list_bytes;
  index.raise_floor(many - 10);
  index.publish(at(6));
  for (int round = 0; round < 4; ++round) index.sweep(101, 0);
  CHECK(index.size().post_list_bytes < before / 100);
  load(index, 1000, {1 + many % 100});
  CHECK(feed(index, 1000, newest, 1) == std::vector<Id>{many});
}

TEST_CASE("unused follow sets are evicted when there are too many") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  for (Id user = 1; user <= 100; ++user) load(index, user, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto all = index.size().follow_set_bytes;
  index.sweep(100, all / 2);  // clears their `used` marks
  CHECK(index.size().follow_set_bytes == all);
  CHECK(feed(index, 7).empty());
  index.sweep(100, all / 2);
  CHECK(index.size().follow_set_bytes <= all / 2);
  CHECK(index.size().follow_sets > 40);
  CHECK(answer(index, 7) == Page::Result::complete);
}

TEST_CASE("a token is covered once the index's position covers it") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(at(5));
  CHECK(index.covers(events::ConsistencyToken{at(5), events::TransactionId{4}}));
  CHECK_FALSE(index.covers(events::ConsistencyToken{at(5), events::TransactionId{7}}));
  index.publish(at(8));
  CHECK(index.covers(events::ConsistencyToken{at(5), events::TransactionId{7}}));
}

TEST_CASE("every page of a random history is correct at its publication") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](Id most) {
    return 1 + static_cast<Id>(random() % static_cast<unsigned>(most));
  };
  FeedIndex index;
  tests::ReferenceIndex truth;
  tests::ReferenceIndex seen;
  std::map<Id, Id> all;
  index.finish_index_load(0, false);
  index.publish(at(1));
  events::TransactionId next = 2;
  for (int step = 0; step < 20000; ++step) {
    switch (random() % 8) {
      case 0:
      case 1:
      case 2: {
        const Id post = 10 * step + 1000 + pick(200);  // sometimes older than a post already added
        const Id author = pick(60);
        if (!all.try_emplace(post, author).second || truth.deleted_authors.count(author) > 0) break;
        index.add(post, author);
        truth.posts[post] = author;
        break;
      }
      case 3: {
        if (truth.posts.empty()) break;
        auto at = truth.posts.begin();
        std::advance(at,
                     static_cast<long>(random() % std::min<std::size_t>(truth.posts.size(), 40)));
        index.remove(at->first, at->second);
        truth.posts.erase(at);
        break;
      }
      case 4: {
        const Id user = pick(60);
        auto& set = truth.follows[user];
        const Id other = pick(60);
        if (!set.erase(other)) set.insert(other);
        index.invalidate_follows(user);
        break;
      }
      case 5:
        if (random() % 400 == 0) {
          const Id user = pick(60);
          truth.deleted_authors.insert(user);
          index.remove_author(user);
        }
        if (random() % 20 == 0) {
          const Id user = pick(60);
          const bool suspends = truth.suspended.insert(user).second;
          if (!suspends) truth.suspended.erase(user);
          index.set_suspended(user, suspends);
        }
        if (random() % 4 == 0 && !truth.posts.empty()) {
          const auto post = std::next(
              truth.posts.begin(),
              static_cast<long>(random() % std::min<std::size_t>(truth.posts.size(), 40)));
          const bool hides = truth.hidden.insert(post->first).second;
          if (!hides) truth.hidden.erase(post->first);
          index.set_hidden(post->first, post->second, hides);
        }
        index.sweep(7, 4096);
        break;
      case 6:
        index.publish(at(next++));
        seen = truth;
        break;
      default: {
        const Id user = pick(60);
        const Id before = random() % 2 ? newest : 10 * pick(step + 200);
        const auto limit = static_cast<std::size_t>(pick(30));
        Page page;
        index.read(user, before, limit, page);
        if (seen.is_hidden(user) || truth.is_hidden(user)) break;
        if (page.result == Page::Result::needs_load) {
          // A load's snapshot is covered before it is installed.
          index.publish(at(next++));
          seen = truth;
          const auto& set = truth.follows[user];
          load(index, user, {set.begin(), set.end()});
          index.read(user, before, limit, page);
        }
        REQUIRE(page.result == Page::Result::complete);
        const auto expected = seen.feed(user, before, limit + 1);
        REQUIRE(page.has_more == (expected.size() > limit));
        auto first = expected;
        first.resize(std::min(first.size(), limit));
        REQUIRE(ids_of(page) == first);
      }
    }
  }
}

TEST_CASE("a request for an unknown user creates no account entry") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.publish(at(1));
  for (Id nobody = 1; nobody <= 1000; ++nobody) {
    Page page;
    index.read(nobody, newest, 10, page);
    REQUIRE(page.result == Page::Result::needs_load);
    index.begin_follows_load(nobody);  // the database has no such user
  }
  CHECK(index.size().accounts == 0);
}

TEST_CASE("a load for an unknown user is discarded if an event of the user arrives meanwhile") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.publish(at(1));
  const auto loading = index.begin_follows_load(1);
  index.invalidate_follows(1);
  CHECK_FALSE(index.install_follows(loading, {{2}, {}, true}));
  CHECK(index.install_follows(index.begin_follows_load(1), {{2}, {}, true}));
}

}  // namespace
}  // namespace feedctl::feed_index
