// The feed index beside a real log: at equal positions its pages are the definition's.
#include "feed/index_keeper.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "users/users.hpp"
#include "world.hpp"

using namespace feedctl;
using test::World;
using namespace std::chrono_literals;

namespace {

Deadline soon() {
  return Deadline::after(10s);
}

feed::Options no_rows() {
  feed::Options options;
  options.settings.materialize = config::Materialize::off;
  return options;
}

void wait_until_ready(const feed::IndexKeeper& keeper) {
  for (const auto deadline = soon(); !keeper.ready();) {
    REQUIRE_FALSE(deadline.over());
    std::this_thread::sleep_for(2ms);
  }
}

// A page of at least what the database holds now; nullopt where the definition is to answer.
std::optional<std::vector<Id>> page(World& world, feed::IndexKeeper& keeper, Id user,
                                    Id before = posts::newest, std::size_t limit = 100) {
  const auto now = feed::read_at(world.app.database, user, before, 1).snapshot;
  REQUIRE(keeper.wait_for({now, std::nullopt}, soon()));
  index::Page page;
  keeper.read(user, before, limit, page);
  if (page.answer == index::Page::Answer::load) {
    if (!keeper.load(user, soon())) return std::nullopt;
    keeper.read(user, before, limit, page);
  }
  if (page.answer != index::Page::Answer::here) return std::nullopt;
  std::vector<Id> ids;
  for (const auto& item : page.items) ids.push_back(item.post);
  return ids;
}

}  // namespace

TEST_CASE("the index holds what stood there before it, and follows the log from then on") {
  World world(no_rows());
  const auto ann = world.app.add_user(), bob = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  const auto first = world.post(ann);
  world.app.posts.remove(world.post(ann), ann, false);
  feed::IndexKeeper keeper(world.app.database, {});
  wait_until_ready(keeper);
  CHECK(page(world, keeper, me) == std::vector<Id>{first});
  const auto second = world.post(ann);
  const auto own = world.post(me);
  const auto other = world.post(bob);
  CHECK(page(world, keeper, me) == std::vector<Id>{own, second, first});
  world.follows.follow(me, bob);
  CHECK(page(world, keeper, me) == std::vector<Id>{other, own, second, first});
  world.follows.unfollow(me, ann);
  world.app.posts.remove(own, me, false);
  CHECK(page(world, keeper, me) == std::vector<Id>{other});
  commands::Command leaving;
  users::Users(world.app.database).leave(bob, leaving);
  CHECK(page(world, keeper, me) == std::vector<Id>{});
  CHECK(page(world, keeper, bob) == std::nullopt);
  CHECK(page(world, keeper, 12345) == std::nullopt);
}

TEST_CASE("what lies below the index's floor is in its pages too") {
  World world(no_rows());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  std::vector<Id> old;
  for (int i = 0; i < 3; ++i) old.push_back(world.post_before(ann, "40 days"));
  const auto recent = world.post(ann);
  feed::IndexKeeper keeper(world.app.database, {});
  wait_until_ready(keeper);
  CHECK(keeper.size().posts == 1);
  CHECK(page(world, keeper, me) == world.defined(me));
  CHECK(page(world, keeper, me, recent)->size() == 3);
  const auto late = world.post_before(ann, "50 days");
  CHECK(page(world, keeper, me)->back() == late);
  world.app.posts.remove(old[1], ann, false);
  CHECK(page(world, keeper, me) == world.defined(me));
}

TEST_CASE("who has nothing but old posts has a whole page of them from memory") {
  World world(no_rows());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now() - interval '40 "
      "days') + g * 4096, " +
      std::to_string(ann) + ", 0, 'x' FROM generate_series(1, 150) g");
  feed::IndexKeeper keeper(world.app.database, {});
  wait_until_ready(keeper);
  CHECK(page(world, keeper, me) == world.defined(me));
}

TEST_CASE("more posts than there is room for raise the floor") {
  World world(no_rows());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now()) + g * 4096, " +
      std::to_string(ann) + ", 0, 'x' FROM generate_series(-3000, -1) g");
  feed::IndexKeeper::Options options;
  options.bytes = 1;
  feed::IndexKeeper keeper(world.app.database, options);
  wait_until_ready(keeper);
  CHECK(keeper.size().posts == 1000);
  CHECK(page(world, keeper, me) == world.defined(me));
  // The feed goes on below the floor.
  std::size_t seen = 0, from_memory = 0;
  for (Id before = posts::newest; seen < 3000;) {
    auto some = page(world, keeper, me, before);
    from_memory += some ? some->size() : 0;
    if (!some) some = test::ids_of(feed::read_definition(world.app.database, me, before, 100));
    REQUIRE(some->size() == 100);
    seen += some->size();
    before = some->back();
  }
  CHECK(from_memory >= 900);
  CHECK(from_memory <= 1000);
}

TEST_CASE("an index that was loaded by a clock which was ahead is loaded anew by the right one") {
  World world(no_rows());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  const auto old = world.post_before(ann, "20 days");
  world.post(ann);
  std::atomic<int> days_ahead{60};
  feed::IndexKeeper::Options options;
  options.clock = [&] { return now() + 24h * days_ahead.load(); };
  feed::IndexKeeper keeper(world.app.database, options);
  wait_until_ready(keeper);
  CHECK(keeper.size().posts == 0);
  CHECK(page(world, keeper, me) == world.defined(me));
  days_ahead = 0;
  for (const auto deadline = soon(); !keeper.ready() || keeper.size().posts < 2;) {
    REQUIRE_FALSE(deadline.over());
    std::this_thread::sleep_for(2ms);
  }
  CHECK(page(world, keeper, me) == world.defined(me));
  CHECK(keeper.size().posts == 2);
  days_ahead = 60;  // by which nothing leaves that is in memory
  std::this_thread::sleep_for(1200ms);
  CHECK(keeper.floor() < old);
}

TEST_CASE("a user whom the definition has shown more waits for the index") {
  World world(no_rows());
  const auto me = world.app.add_user();
  feed::IndexKeeper::Options options;
  options.poll = 10s;  // nobody looks unless woken
  feed::IndexKeeper keeper(world.app.database, options);
  wait_until_ready(keeper);
  REQUIRE(page(world, keeper, me).has_value());
  const auto own = world.post(me);
  keeper.note(me, feed::read_at(world.app.database, me, posts::newest, 1).snapshot);
  index::Page read;
  keeper.read(me, posts::newest, 10, read);
  CHECK(read.answer == index::Page::Answer::elsewhere);
  CHECK(page(world, keeper, me) == std::vector<Id>{own});
}

namespace {

// Writes a post at each loss, and notes the posts that it was told of.
class Witness : public feed::LogListener {
 public:
  Witness(World& world, Id author) : world_(world), author_(author) {}
  void events(std::span<const events::Event> events) override {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events) told_.insert(event.object);
  }
  void lost() override {
    const std::lock_guard lock(mutex_);
    written_.push_back(world_.post(author_));
  }
  std::size_t losses() {
    const std::lock_guard lock(mutex_);
    return written_.size();
  }
  bool missed_any() {
    const std::lock_guard lock(mutex_);
    return std::any_of(written_.begin(), written_.end(),
                       [&](Id post) { return told_.count(post) == 0; });
  }

 private:
  World& world_;
  const Id author_;
  std::mutex mutex_;
  std::vector<Id> written_;
  std::set<Id> told_;
};

// Positions of before so many transactions from now are no longer held.
void raise_log_floor(World& world, int transactions) {
  world.app.sql("UPDATE log_state SET floor = (pg_current_xact_id()::text::bigint + " +
                std::to_string(transactions) + ")::text::xid8");
}

}  // namespace

TEST_CASE("an index that loses its place in the log begins anew, also while it loads") {
  World world(no_rows());
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.follows.follow(me, ann);
  Witness witness(world, ann);
  feed::IndexKeeper::Options options;
  options.listeners = {&witness};
  feed::IndexKeeper keeper(world.app.database, options);
  wait_until_ready(keeper);
  REQUIRE(page(world, keeper, me) == world.defined(me));
  raise_log_floor(world, 20);
  for (const auto deadline = soon(); keeper.ready();) {
    REQUIRE_FALSE(deadline.over());
    std::this_thread::sleep_for(2ms);
  }
  std::this_thread::sleep_for(100ms);  // it cannot get on, whatever it begins
  for (int i = 0; i < 40; ++i) world.post(ann);
  wait_until_ready(keeper);
  CHECK(page(world, keeper, me) == world.defined(me));
  CHECK(witness.losses() >= 2);
  CHECK_FALSE(witness.missed_any());
}

TEST_CASE("pages come from memory however many loads wait for the database") {
  constexpr store::Query take{"test/take", "SELECT pg_advisory_lock(4711)"};
  constexpr store::Query give{"test/give", "SELECT pg_advisory_unlock(4711)"};
  World world(no_rows());
  const auto me = world.app.add_user();
  auto options = world.app.database.options();
  options.pool_size = 1;
  options.pool_wait = options.statement_timeout = 60s;
  options.lock_timeout = 0ms;
  store::Database narrow(options);
  feed::IndexKeeper keeper(narrow, {});
  wait_until_ready(keeper);
  REQUIRE(page(world, keeper, me).has_value());
  store::Session holder(options);
  holder.run(take);
  std::vector<std::thread> waiting;
  waiting.emplace_back([&] { narrow.read(take); });
  std::this_thread::sleep_for(200ms);
  std::atomic<int> begun{0};
  for (Id user = 1000; user < 1200; ++user)
    waiting.emplace_back([&, user] {
      ++begun;
      keeper.load(user, soon());
    });
  while (begun < 200) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(200ms);
  auto read = std::async(std::launch::async, [&] {
    index::Page page;
    keeper.read(me, posts::newest, 10, page);
    return page.answer;
  });
  const bool waits = read.wait_for(10s) != std::future_status::ready;
  holder.run(give);
  for (auto& thread : waiting) thread.join();
  CHECK_FALSE(waits);
  CHECK(read.get() == index::Page::Answer::here);
}

TEST_CASE("at equal positions the index and the definition show every user the same") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  World world(no_rows());
  std::vector<Id> users;
  for (int i = 0; i < 12; ++i) users.push_back(world.app.add_user());
  const auto any = [&] { return users[random() % users.size()]; };
  std::vector<std::pair<Id, Id>> posts;
  const auto act = [&] {
    switch (random() % 6) {
      case 0:
      case 1:
        posts.emplace_back(any(), 0);
        posts.back().second = world.post(posts.back().first);
        break;
      case 2: {
        if (posts.empty()) break;
        const auto at = random() % posts.size();
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
  feed::IndexKeeper keeper(world.app.database, {});
  wait_until_ready(keeper);
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 10; ++i) act();
    for (const auto user : users) {
      REQUIRE(page(world, keeper, user) == world.defined(user));
      for (Id before = posts::newest;;) {  // in small pages, to the end
        const auto some = page(world, keeper, user, before, 3);
        REQUIRE(some.has_value());
        if (some->empty()) break;
        before = some->back();
      }
    }
  }
}
