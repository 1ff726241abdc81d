#include <limits>
#include <random>

#include "naive.hpp"
#include "support/catch.hpp"

namespace feedctl::index {
namespace {

using tests::at;
using tests::ids_of;

constexpr Id newest = std::numeric_limits<Id>::max();

void load(Index& index, Id user, std::vector<Id> followees) {
  const auto loading = index.begin_load(user);
  Follows follows;
  follows.followees = std::move(followees);
  follows.whole = true;
  REQUIRE(index.install(loading, follows));
}

std::vector<Id> feed(const Index& index, Id user, Id before = newest, std::size_t limit = 50) {
  Page page;
  index.read(user, before, limit, page);
  REQUIRE(page.answer == Page::Answer::here);
  return ids_of(page);
}

Page::Answer answer(const Index& index, Id user, Id before = newest, std::size_t limit = 50) {
  Page page;
  index.read(user, before, limit, page);
  return page.answer;
}

TEST_CASE("nothing is served before the load is complete") {
  Index index;
  CHECK(answer(index, 1) == Page::Answer::elsewhere);
  index.add(10, 2);
  index.publish(at(5));
  CHECK(answer(index, 1) == Page::Answer::elsewhere);
  index.complete(0, false);
  index.publish(at(6));
  CHECK(answer(index, 1) == Page::Answer::load);
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{10});
}

TEST_CASE("a batch is seen when it is published, whole") {
  Index index;
  index.complete(0, false);
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
  Index index;
  index.remove(10, 2);
  index.add(10, 2);  // by a slice that was read before the removal
  index.add(11, 2);
  index.add(11, 2);
  index.complete(0, false);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{11});
  index.add(11, 2);
  index.remove(11, 2);
  index.add(11, 2);
  index.publish(at(6));
  CHECK(feed(index, 1).empty());
}

TEST_CASE("a post whose id is older than its author's newest takes its place") {
  Index index;
  index.complete(0, false);
  for (const Id post : {10, 30, 20, 40, 5}) index.add(post, 2);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1) == std::vector<Id>{40, 30, 20, 10, 5});
  CHECK(feed(index, 1, 30) == std::vector<Id>{20, 10, 5});
}

TEST_CASE("a load during which the follows changed is not installed") {
  Index index;
  index.complete(0, false);
  index.publish(at(5));
  const auto loading = index.begin_load(1);
  index.forget_follows(1);
  CHECK_FALSE(index.install(loading, {}));
  CHECK(answer(index, 1) == Page::Answer::load);
}

TEST_CASE("of two loads at once only the first is installed") {
  Index index;
  index.complete(0, false);
  index.publish(at(5));
  const auto first = index.begin_load(1);
  const auto second = index.begin_load(1);
  CHECK(index.install(first, {}));
  CHECK_FALSE(index.install(second, {}));
}

TEST_CASE("a doorbell drops the set at once") {
  Index index;
  index.complete(0, false);
  index.publish(at(5));
  load(index, 1, {2});
  index.forget_follows(1);
  CHECK(answer(index, 1) == Page::Answer::load);
  CHECK(index.size().sets == 0);
  CHECK(index.size().set_bytes == 0);
}

TEST_CASE("an author who left is in no feed, and has none") {
  Index index;
  index.complete(0, false);
  index.add(10, 2);
  index.add(11, 3);
  index.publish(at(5));
  load(index, 1, {2, 3});
  index.remove_author(2);
  index.publish(at(6));
  load(index, 1, {2, 3});
  load(index, 2, {3});
  CHECK(feed(index, 1) == std::vector<Id>{11});
  CHECK(answer(index, 2) == Page::Answer::elsewhere);
}

TEST_CASE("authors whose newest posts were removed do not hide the others") {
  Index index;
  index.complete(0, false);
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

TEST_CASE("below the floor a page comes from the load or from elsewhere") {
  Index index;
  index.add(100, 2);
  index.complete(50, false);
  index.publish(at(5));
  const auto loading = index.begin_load(1);
  REQUIRE(loading.floor == 50);
  Follows follows{{2, 3}, {{40, 2}, {30, 3}}, false};
  REQUIRE(index.install(loading, follows));
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{100, 40});
  CHECK(answer(index, 1, newest, 3) == Page::Answer::elsewhere);  // cannot know what follows
  follows.whole = true;
  REQUIRE(index.install(index.begin_load(1), follows));
  CHECK(feed(index, 1) == std::vector<Id>{100, 40, 30});
  CHECK(feed(index, 1, 40) == std::vector<Id>{30});
  SECTION("a removal down there has it loaded again") {
    index.remove(40, 2);
    CHECK(answer(index, 1) == Page::Answer::load);
    CHECK(feed(index, 1, newest, 0).empty());
  }
  SECTION("a post that comes late down there, too") {
    index.add(45, 2);
    CHECK(answer(index, 1) == Page::Answer::load);
  }
  SECTION("a floor that has risen since, too") {
    index.raise_floor(60);
    index.publish(at(6));
    CHECK(answer(index, 1) == Page::Answer::load);
  }
}

// User 1 follows 2 and 3 and has a post of each in memory and below the floor.
void load_below(Index& index, bool whole) {
  index.add(100, 2);
  index.add(101, 3);
  index.complete(50, false);
  index.publish(at(5));
  REQUIRE(index.install(index.begin_load(1), {{2, 3}, {{40, 2}, {30, 3}}, whole}));
  REQUIRE(answer(index, 1, newest, 3) == Page::Answer::here);
}

TEST_CASE(
    "what goes below the floor has only those feeds loaded again that show its author there") {
  Index index;
  load_below(index, true);
  index.remove(35, 4);
  index.publish(at(6));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
  index.remove(20, 3);
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{101, 100});
  CHECK(feed(index, 1, 101, 1) == std::vector<Id>{100});
  CHECK(answer(index, 1) == Page::Answer::load);
}

TEST_CASE("somebody who leaves has no feed loaded again that is whole in memory") {
  Index index;
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

TEST_CASE("a feed that does not know its end is loaded once more when somebody leaves") {
  Index index;
  load_below(index, false);
  CHECK(answer(index, 1, newest, 4) == Page::Answer::elsewhere);
  index.remove_author(3);
  index.publish(at(6));
  CHECK(feed(index, 1, newest, 1) == std::vector<Id>{100});
  CHECK(answer(index, 1, newest, 2) == Page::Answer::load);
  REQUIRE(index.install(index.begin_load(1), {{2}, {{40, 2}, {20, 2}}, false}));
  CHECK(feed(index, 1, newest, 2) == std::vector<Id>{100, 40});
  CHECK(answer(index, 1, newest, 3) == Page::Answer::elsewhere);
}

TEST_CASE("a delete below the floor during a load is not lost, whoever was known before") {
  Index index;
  index.complete(50, false);
  index.publish(at(5));
  const auto loading = index.begin_load(1);
  index.remove(40, 2);  // that the load still sees
  index.publish(at(6));
  REQUIRE(index.install(loading, {{2}, {{40, 2}}, true}));
  CHECK(answer(index, 1) == Page::Answer::load);
}

TEST_CASE("memory is given back below the floor") {
  Index index;
  index.complete(0, false);
  const auto many = static_cast<Id>(3 * Segments<Id>::length);
  for (Id post = 1; post <= many; ++post) index.add(post, 1 + post % 100);
  index.publish(at(5));
  const auto before = index.size().list_bytes;
  index.raise_floor(many - 10);
  index.publish(at(6));
  for (int round = 0; round < 4; ++round) index.sweep(101, 0);
  CHECK(index.size().list_bytes < before / 100);
  load(index, 1000, {1 + many % 100});
  CHECK(feed(index, 1000, newest, 1) == std::vector<Id>{many});
}

TEST_CASE("follows that nobody asks for go when there are too many") {
  Index index;
  index.complete(0, false);
  index.publish(at(5));
  for (Id user = 1; user <= 100; ++user) load(index, user, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto all = index.size().set_bytes;
  index.sweep(100, all / 2);  // takes the marks of their loads
  CHECK(index.size().set_bytes == all);
  CHECK(feed(index, 7).empty());
  index.sweep(100, all / 2);
  CHECK(index.size().set_bytes <= all / 2);
  CHECK(index.size().sets > 40);
  CHECK(answer(index, 7) == Page::Answer::here);
}

TEST_CASE("a token is covered once the position has it") {
  Index index;
  index.complete(0, false);
  index.publish(at(5));
  CHECK(index.covers(events::Token{at(5), events::TransactionId{4}}));
  CHECK_FALSE(index.covers(events::Token{at(5), events::TransactionId{7}}));
  index.publish(at(8));
  CHECK(index.covers(events::Token{at(5), events::TransactionId{7}}));
}

TEST_CASE("every page of a random history is what it should be at its publication") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](Id most) {
    return 1 + static_cast<Id>(random() % static_cast<unsigned>(most));
  };
  Index index;
  tests::Naive truth;
  tests::Naive seen;
  std::map<Id, Id> all;
  index.complete(0, false);
  index.publish(at(1));
  events::TransactionId next = 2;
  for (int step = 0; step < 20000; ++step) {
    switch (random() % 8) {
      case 0:
      case 1:
      case 2: {
        const Id post = 10 * step + 1000 + pick(200);  // now and then behind a newer one
        const Id author = pick(60);
        if (!all.try_emplace(post, author).second || truth.gone.count(author) > 0) break;
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
        index.forget_follows(user);
        break;
      }
      case 5:
        if (random() % 400 == 0) {
          const Id user = pick(60);
          truth.gone.insert(user);
          index.remove_author(user);
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
        if (seen.gone.count(user) > 0 || truth.gone.count(user) > 0) break;
        if (page.answer == Page::Answer::load) {
          // A load's snapshot is covered before it is installed.
          index.publish(at(next++));
          seen = truth;
          const auto& set = truth.follows[user];
          load(index, user, {set.begin(), set.end()});
          index.read(user, before, limit, page);
        }
        REQUIRE(page.answer == Page::Answer::here);
        const auto expected = seen.feed(user, before, limit + 1);
        REQUIRE(page.more == (expected.size() > limit));
        auto first = expected;
        first.resize(std::min(first.size(), limit));
        REQUIRE(ids_of(page) == first);
      }
    }
  }
}

TEST_CASE("who is asked for and is nobody leaves nothing behind") {
  Index index;
  index.complete(0, true);
  index.publish(at(1));
  for (Id nobody = 1; nobody <= 1000; ++nobody) {
    Page page;
    index.read(nobody, newest, 10, page);
    REQUIRE(page.answer == Page::Answer::load);
    index.begin_load(nobody);  // and the database knows no such user
  }
  CHECK(index.size().accounts == 0);
}

TEST_CASE("a load of somebody whom the index meets meanwhile comes to nothing") {
  Index index;
  index.complete(0, true);
  index.publish(at(1));
  const auto loading = index.begin_load(1);
  index.forget_follows(1);
  CHECK_FALSE(index.install(loading, {{2}, {}, true}));
  CHECK(index.install(index.begin_load(1), {{2}, {}, true}));
}

}  // namespace
}  // namespace feedctl::index
