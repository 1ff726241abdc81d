// The feed index over a real log: at equal positions its pages equal the defining query's.
#include "feed_index/index_updater.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/hidden_posts.hpp"
#include "support/long_mode.hpp"
#include "support/suspension.hpp"
#include "users/users.hpp"

using namespace feedctl;
using test::FeedFixture;
using namespace std::chrono_literals;

namespace {

Deadline default_deadline() {
  return Deadline::after(60s);
}

feed_materialized::Options without_materialization() {
  feed_materialized::Options options;
  options.settings.materialize = config::Materialize::off;
  return options;
}

void wait_until_ready(const feed_index::IndexUpdater& updater) {
  for (const auto deadline = default_deadline(); !updater.is_ready();) {
    REQUIRE_FALSE(deadline.is_expired());
    std::this_thread::sleep_for(2ms);
  }
}

// A page that covers the present state of the database; nullopt if the definition must answer.
std::optional<std::vector<Id>> page(FeedFixture& world, feed_index::IndexUpdater& updater, Id user,
                                    Id before = posts::max_id, std::size_t limit = 100) {
  const auto now = feed::query_feed(world.app.database, user, before, 1).snapshot;
  REQUIRE(updater.wait_until_covered({now, std::nullopt}, default_deadline()));
  feed_index::Page page;
  updater.read(user, before, limit, page);
  if (page.result == feed_index::Page::Result::needs_load) {
    if (!updater.load_follows(user, default_deadline())) return std::nullopt;
    updater.read(user, before, limit, page);
  }
  if (page.result != feed_index::Page::Result::complete) return std::nullopt;
  std::vector<Id> ids;
  for (const auto& item : page.items) ids.push_back(item.post);
  return ids;
}

}  // namespace

TEST_CASE("the index holds the existing posts after loading, and then follows the log") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), bob = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  const auto first = world.post(ann);
  world.app.posts.remove(world.post(ann), ann, false);
  feed_index::IndexUpdater updater(world.app.database, {});
  wait_until_ready(updater);
  CHECK(page(world, updater, me) == std::vector<Id>{first});
  const auto second = world.post(ann);
  const auto own = world.post(me);
  const auto other = world.post(bob);
  CHECK(page(world, updater, me) == std::vector<Id>{own, second, first});
  world.follows.follow(me, bob);
  CHECK(page(world, updater, me) == std::vector<Id>{other, own, second, first});
  world.follows.unfollow(me, ann);
  world.app.posts.remove(own, me, false);
  CHECK(page(world, updater, me) == std::vector<Id>{other});
  commands::Command leaving;
  users::Users(world.app.database).delete_account(bob, leaving);
  CHECK(page(world, updater, me) == std::vector<Id>{});
  CHECK(page(world, updater, bob) == std::nullopt);
  CHECK(page(world, updater, 12345) == std::nullopt);
}

TEST_CASE("a suspended author is in no page, whether the index was loaded before or since") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), bob = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  world.follows.follow(me, bob);
  const auto old = world.add_post_with_age(ann, "40 days");
  const auto first = world.post(ann), second = world.post(bob);
  feed_index::IndexUpdater before(world.app.database, {});
  wait_until_ready(before);
  CHECK(page(world, before, me) == std::vector<Id>{second, first, old});
  support::suspend(world.app.database, ann);
  feed_index::IndexUpdater since(world.app.database, {});
  wait_until_ready(since);
  for (auto* updater : {&before, &since}) {
    CHECK(page(world, *updater, me) == std::vector<Id>{second});
    CHECK(page(world, *updater, ann) == std::nullopt);
  }
  support::reinstate(world.app.database, ann);
  for (auto* updater : {&before, &since}) {
    CHECK(page(world, *updater, me) == std::vector<Id>{second, first, old});
    CHECK(page(world, *updater, ann) == std::vector<Id>{first, old});
  }
}

TEST_CASE("posts below the index's floor appear in its pages too") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  std::vector<Id> old;
  for (int i = 0; i < 3; ++i) old.push_back(world.add_post_with_age(ann, "40 days"));
  const auto recent = world.post(ann);
  feed_index::IndexUpdater updater(world.app.database, {});
  wait_until_ready(updater);
  CHECK(updater.size().posts == 1);
  CHECK(page(world, updater, me) == world.expected_feed(me));
  CHECK(page(world, updater, me, recent)->size() == 3);
  const auto late = world.add_post_with_age(ann, "50 days");
  CHECK(page(world, updater, me)->back() == late);
  world.app.posts.remove(old[1], ann, false);
  CHECK(page(world, updater, me) == world.expected_feed(me));
}

TEST_CASE("a user with only old posts gets a whole page of them from memory") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now() - interval '40 "
      "days') + g * 4096, " +
      std::to_string(ann) + ", 0, 'x' FROM generate_series(1, 150) g");
  feed_index::IndexUpdater updater(world.app.database, {});
  wait_until_ready(updater);
  CHECK(page(world, updater, me) == world.expected_feed(me));
}

TEST_CASE("the floor rises when there are more posts than capacity") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now()) + g * 4096, " +
      std::to_string(ann) + ", 0, 'x' FROM generate_series(-3000, -1) g");
  feed_index::IndexUpdater::Options options;
  options.bytes = 1;
  feed_index::IndexUpdater updater(world.app.database, options);
  wait_until_ready(updater);
  CHECK(updater.size().posts == 1000);
  CHECK(page(world, updater, me) == world.expected_feed(me));
  // The feed continues below the index floor.
  std::size_t seen = 0, from_memory = 0;
  for (Id before = posts::max_id; seen < 3000;) {
    auto some = page(world, updater, me, before);
    from_memory += some ? some->size() : 0;
    if (!some) some = test::ids_of(feed::query_feed(world.app.database, me, before, 100).page);
    REQUIRE(some->size() == 100);
    seen += some->size();
    before = some->back();
  }
  CHECK(from_memory >= 900);
  CHECK(from_memory <= 1000);
}

TEST_CASE("an index loaded while the clock was ahead is reloaded once the clock is corrected") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  const auto old = world.add_post_with_age(ann, "20 days");
  world.post(ann);
  std::atomic<int> days_ahead{60};
  feed_index::IndexUpdater::Options options;
  options.clock = [&] { return now() + 24h * days_ahead.load(); };
  feed_index::IndexUpdater updater(world.app.database, options);
  wait_until_ready(updater);
  CHECK(updater.size().posts == 0);
  CHECK(page(world, updater, me) == world.expected_feed(me));
  days_ahead = 0;
  for (const auto deadline = default_deadline(); !updater.is_ready() || updater.size().posts < 2;) {
    REQUIRE_FALSE(deadline.is_expired());
    std::this_thread::sleep_for(2ms);
  }
  CHECK(page(world, updater, me) == world.expected_feed(me));
  CHECK(updater.size().posts == 2);
  days_ahead = 60;  // a clock that is ahead must not remove posts from memory
  std::this_thread::sleep_for(1200ms);
  CHECK(updater.floor() < old);
}

TEST_CASE("a user who saw newer results from the database waits until the index covers them") {
  FeedFixture world(without_materialization());
  const auto me = world.app.add_user();
  feed_index::IndexUpdater::Options options;
  options.poll_interval = 10s;  // longer than the test: only a wake-up makes it poll
  feed_index::IndexUpdater updater(world.app.database, options);
  wait_until_ready(updater);
  REQUIRE(page(world, updater, me).has_value());
  const auto own = world.post(me);
  updater.require_at_least(me, feed::query_feed(world.app.database, me, posts::max_id, 1).snapshot);
  feed_index::Page read;
  updater.read(me, posts::max_id, 10, read);
  CHECK(read.result == feed_index::Page::Result::not_covered);
  CHECK(page(world, updater, me) == std::vector<Id>{own});
}

namespace {

// Writes a post at each gap, and records the posts of the events that it receives.
class RecordingListener : public feed_index::LogListener {
 public:
  RecordingListener(FeedFixture& world, Id author) : world_(world), author_(author) {}
  void on_events(std::span<const events::Event> events) override {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events) seen_posts_.insert(event.object);
  }
  void on_gap() override {
    const std::lock_guard lock(mutex_);
    written_.push_back(world_.post(author_));
  }
  std::size_t gap_count() {
    const std::lock_guard lock(mutex_);
    return written_.size();
  }
  bool missed_any() {
    const std::lock_guard lock(mutex_);
    return std::any_of(written_.begin(), written_.end(),
                       [&](Id post) { return seen_posts_.count(post) == 0; });
  }

 private:
  FeedFixture& world_;
  const Id author_;
  std::mutex mutex_;
  std::vector<Id> written_;
  std::set<Id> seen_posts_;
};

// Sets the log floor so many transactions ahead: no position before it can be followed.
void raise_log_floor(FeedFixture& world, int transactions) {
  world.app.sql("UPDATE log_state SET floor = (pg_current_xact_id()::text::bigint + " +
                std::to_string(transactions) + ")::text::xid8");
}

}  // namespace

TEST_CASE("an index that loses its position in the log is reloaded, also during a load") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  RecordingListener witness(world, ann);
  feed_index::IndexUpdater::Options options;
  options.listeners = {&witness};
  feed_index::IndexUpdater updater(world.app.database, options);
  wait_until_ready(updater);
  REQUIRE(page(world, updater, me) == world.expected_feed(me));
  raise_log_floor(world, 20);
  for (const auto deadline = default_deadline(); updater.is_ready();) {
    REQUIRE_FALSE(deadline.is_expired());
    std::this_thread::sleep_for(2ms);
  }
  std::this_thread::sleep_for(100ms);  // each reload fails meanwhile
  for (int i = 0; i < 40; ++i) world.post(ann);
  wait_until_ready(updater);
  CHECK(page(world, updater, me) == world.expected_feed(me));
  CHECK(witness.gap_count() >= 2);
  CHECK_FALSE(witness.missed_any());
}

TEST_CASE("pages are served from memory while many loads wait for the database") {
  constexpr store::Query take{"test/take", "SELECT pg_advisory_lock(4711)"};
  constexpr store::Query give{"test/give", "SELECT pg_advisory_unlock(4711)"};
  FeedFixture world(without_materialization());
  const auto me = world.app.add_user();
  auto options = world.app.database.options();
  options.pool_size = 1;
  options.pool_wait = options.statement_timeout = 60s;
  options.lock_timeout = 0ms;
  store::Database narrow(options);
  feed_index::IndexUpdater updater(narrow, {});
  wait_until_ready(updater);
  REQUIRE(page(world, updater, me).has_value());
  store::Session holder(options);
  holder.run(take);
  std::vector<std::thread> waiting;
  waiting.emplace_back([&] { narrow.read(take); });
  std::this_thread::sleep_for(200ms);
  std::atomic<int> begun{0};
  for (Id user = 1000; user < 1200; ++user)
    waiting.emplace_back([&, user] {
      ++begun;
      updater.load_follows(user, default_deadline());
    });
  while (begun < 200) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(200ms);
  auto read = std::async(std::launch::async, [&] {
    feed_index::Page page;
    updater.read(me, posts::max_id, 10, page);
    return page.result;
  });
  const bool waits = read.wait_for(10s) != std::future_status::ready;
  holder.run(give);
  for (auto& thread : waiting) thread.join();
  CHECK_FALSE(waits);
  CHECK(read.get() == feed_index::Page::Result::complete);
}

TEST_CASE("a hidden post is in no page, whether the index was loaded before or since") {
  FeedFixture world(without_materialization());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  const auto older = world.add_post_with_age(ann, "41 days");
  const auto old = world.add_post_with_age(ann, "40 days");
  const auto first = world.post(ann), second = world.post(ann), third = world.post(ann);
  const auto hide = [&](Id post) { support::hide(world.app.database, post); };
  const auto unhide = [&](Id post) { support::unhide(world.app.database, post); };
  feed_index::IndexUpdater before(world.app.database, {});
  wait_until_ready(before);
  CHECK(page(world, before, me) == std::vector<Id>{third, second, first, old, older});
  for (const auto post : {old, second, first}) hide(post);
  world.app.posts.remove(first, ann, true);
  feed_index::IndexUpdater since(world.app.database, {});
  wait_until_ready(since);
  for (auto* updater : {&before, &since}) {
    for (const auto user : {me, ann})
      CHECK(page(world, *updater, user) == std::vector<Id>{third, older});
    CHECK(page(world, *updater, me, third, 1) == std::vector<Id>{older});
  }
  for (const auto post : {old, second}) unhide(post);
  for (auto* updater : {&before, &since}) {
    for (const auto user : {me, ann})
      CHECK(page(world, *updater, user) == std::vector<Id>{third, second, old, older});
  }
}

TEST_CASE("at equal positions the index and the defining query give every user the same feed") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  FeedFixture world(without_materialization());
  std::vector<Id> users;
  for (int i = 0; i < 12; ++i) users.push_back(world.app.add_user());
  std::set<Id> suspended, hidden;
  const auto any = [&] {
    for (;;) {
      const auto user = users[random() % users.size()];
      if (suspended.count(user) == 0) return user;
    }
  };
  std::vector<std::pair<Id, Id>> posts;
  const auto act = [&] {
    switch (random() % 8) {
      case 7: {
        if (posts.empty()) break;
        const auto post = posts[random() % posts.size()].second;
        if (hidden.erase(post) > 0) {
          support::unhide(world.app.database, post);
        } else {
          support::hide(world.app.database, post);
          hidden.insert(post);
        }
        break;
      }
      case 6: {
        const auto user = users[random() % 4];
        if (suspended.erase(user) > 0) {
          support::reinstate(world.app.database, user);
        } else {
          support::suspend(world.app.database, user);
          suspended.insert(user);
        }
        break;
      }
      case 0:
      case 1:
        posts.emplace_back(any(), 0);
        posts.back().second = world.post(posts.back().first);
        break;
      case 2: {
        if (posts.empty()) break;
        const auto at = random() % posts.size();
        if (suspended.count(posts[at].first) > 0 || hidden.count(posts[at].second) > 0) break;
        world.app.posts.remove(posts[at].second, posts[at].first, false);
        posts.erase(posts.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      }
      default: {
        const auto a = any(), b = any();
        if (a == b) break;
        if (random() % 3 == 0)
          world.follows.unfollow(a, b);
        else
          world.follows.follow(a, b);
      }
    }
  };
  for (int i = 0; i < 100; ++i) act();
  feed_index::IndexUpdater updater(world.app.database, {});
  wait_until_ready(updater);
  for (int round = 0; round < support::rounds(10, 30); ++round) {
    for (int i = 0; i < 10; ++i) act();
    for (const auto user : users) {
      if (suspended.count(user) > 0) continue;
      REQUIRE(page(world, updater, user) == world.expected_feed(user));
      for (Id before = posts::max_id;;) {  // in small pages, to the end
        const auto some = page(world, updater, user, before, 3);
        REQUIRE(some.has_value());
        if (some->empty()) break;
        before = some->back();
      }
    }
  }
}
