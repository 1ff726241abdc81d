#include "reference_index.hpp"

namespace feedctl::feed_index {
namespace {

using tests::answer;
using tests::at;
using tests::feed;
using tests::load;
using tests::load_below;
using tests::newest;

TEST_CASE("a suspended author appears in no feed, has none, and comes back") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.add(11, 3);
  index.publish(at(5));
  load(index, 1, {2, 3});
  load(index, 2, {3});
  index.set_suspended(2, true);
  CHECK(feed(index, 1) == std::vector<Id>{11, 10});  // readers see it with the publication
  index.publish(at(6));
  CHECK(feed(index, 1) == std::vector<Id>{11});
  CHECK(answer(index, 2) == Page::Result::not_covered);
  index.add(12, 2);
  index.sweep(10, 0);
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{11});
  index.set_suspended(2, false);
  CHECK(feed(index, 1) == std::vector<Id>{11});
  index.publish(at(8));
  CHECK(feed(index, 1) == std::vector<Id>{12, 11, 10});
  CHECK(feed(index, 2) == std::vector<Id>{12, 11, 10});
}

TEST_CASE("of the changes of a suspension between two publications the last one counts") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.set_suspended(2, true);
  index.publish(at(5));
  load(index, 1, {2});
  for (const bool suspended : {false, true, false, true}) index.set_suspended(2, suspended);
  CHECK(feed(index, 1).empty());
  index.publish(at(6));
  CHECK(feed(index, 1).empty());
  for (const bool suspended : {false, true, false}) index.set_suspended(2, suspended);
  CHECK(feed(index, 1).empty());
  index.publish(at(7));
  CHECK(feed(index, 1) == std::vector<Id>{10});
}

TEST_CASE("an author who is suspended and removed stays removed") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.set_suspended(2, true);
  index.remove_author(2);
  index.set_suspended(2, false);
  index.publish(at(5));
  load(index, 1, {2});
  CHECK(feed(index, 1).empty());
}

TEST_CASE("suspended authors with the newest posts do not hide the others") {
  FeedIndex index;
  index.finish_index_load(0, true);
  Id post = 1;
  std::vector<Id> all;
  for (Id author = 100; author < 300; ++author) {
    index.add(post++, author);
    all.push_back(author);
    if (author >= 190 && author % 10 != 0) index.set_suspended(author, true);
  }
  index.publish(at(5));
  load(index, 1, all);
  CHECK(feed(index, 1, newest, 12) ==
        std::vector<Id>{191, 181, 171, 161, 151, 141, 131, 121, 111, 101, 91, 90});
}

TEST_CASE("a suspension below the floor reloads only incomplete feeds, a reinstatement all") {
  FeedIndex index;
  const bool is_complete = GENERATE(true, false);
  load_below(index, is_complete);
  index.set_suspended(3, true);
  index.publish(at(6));
  CHECK(feed(index, 1, newest, 1) == std::vector<Id>{100});
  if (is_complete) CHECK(feed(index, 1) == std::vector<Id>{100, 40});
  CHECK(answer(index, 1, newest, 3) ==
        (is_complete ? Page::Result::complete : Page::Result::needs_load));
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2, 3}, {{40, 2}}, true}));
  CHECK(feed(index, 1) == std::vector<Id>{100, 40});
  index.set_suspended(3, false);
  index.publish(at(7));
  CHECK(feed(index, 1, newest, 1) == std::vector<Id>{101});
  CHECK(answer(index, 1) == Page::Result::needs_load);
  REQUIRE(index.install_follows(index.begin_follows_load(1), {{2, 3}, {{40, 2}, {30, 3}}, true}));
  CHECK(feed(index, 1) == std::vector<Id>{101, 100, 40, 30});
}

}  // namespace
}  // namespace feedctl::feed_index
