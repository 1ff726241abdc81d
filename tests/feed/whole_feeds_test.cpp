// The feed index, the materialized rows and the defining query return the same whole feeds, page by
// page. The worlds are a graph of real friendships and a generated one, first at rest and then
// while users post, delete, follow, unfollow and delete their accounts. Some of the users are
// compared, with FEEDCTL_LONG=1 all. The index holds the newest thousand posts only, so longer
// feeds continue below the index floor.
#include <map>
#include <random>
#include <thread>

#include "feed_index/index_queries.hpp"
#include "feed_index/index_updater.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/blocking_follows.hpp"
#include "support/catch.hpp"
#include "support/graph_file.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"
#include "support/suspension.hpp"
#include "users/users.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::long_mode;
using support::rounds;

namespace {

Deadline default_deadline() {
  return Deadline::after(30s);
}

constexpr std::size_t page_size = 37;

// A seeded world, the rows of its readers, and an index whose floor lies among its posts.
class FeedComparison {
 public:
  explicit FeedComparison(const std::vector<std::string>& seed) {
    auto arguments = seed;
    arguments.insert(arguments.begin(), "seed");
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + world.app.fresh.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + world.app.fresh.owner_url().reveal()};
    const auto seeded = support::run_feedctl(arguments, run);
    INFO(seeded.err);
    REQUIRE(seeded.exit_code == 0);
    world.take_events();
    users = ids({"test/users", "SELECT id FROM users ORDER BY id"});
  }

  // Adds posts without events, as if they were older than the log.
  void add_posts(int of_each) {
    world.app.sql(
        "WITH p AS (INSERT INTO posts (id, author_id, shard, text, created_at) SELECT "
        "feedctl_id_at(now() - n * interval '1 hour') + row_number() OVER () % 4000000, id, "
        "feedctl_shard(id), 'x', now() - n * interval '1 hour' FROM users, generate_series(1, " +
        std::to_string(of_each) +
        ") n RETURNING id) INSERT INTO post_likes (post_id) SELECT id FROM p");
  }
  void keep_rows(const std::vector<Id>& readers) {
    auto tx = world.app.database.write();
    feed_materialized::activate_users(tx, readers);
    tx.commit();
    world.run_all_jobs();
  }
  void keep_index() {
    feed_index::IndexUpdater::Options options;
    options.bytes = 1;
    updater.emplace(world.app.database, options);
    for (const auto deadline = default_deadline(); !updater->is_ready();) {
      REQUIRE_FALSE(deadline.is_expired());
      std::this_thread::sleep_for(2ms);
    }
  }

  std::vector<Id> ids(const store::Query& query) {
    std::vector<Id> ids;
    for (const auto row : world.app.database.read(query)) ids.push_back(row.integer(0));
    return ids;
  }

  // ---- at rest
  // The page by the defining query, read once. It stands in where another way gives no page.
  const std::vector<Id>& defined_page(Id user, Id before) {
    const auto [place, is_new] = defined_.try_emplace({user, before});
    if (is_new)
      place->second = test::ids_of(
          feed::query_feed(world.app.database, user, before, static_cast<int>(page_size)).page);
    return place->second;
  }
  template <typename Page>
  std::vector<Id> pages(Id user, const Page& page) {
    std::vector<Id> all;
    for (Id before = posts::max_id;;) {
      const auto some = page(user, before);
      all.insert(all.end(), some.begin(), some.end());
      if (some.size() < page_size) return all;
      before = some.back();
    }
  }
  std::vector<Id> indexed_page(Id user, Id before) {
    feed_index::Page page;
    updater->read(user, before, page_size, page);
    if (page.result == feed_index::Page::Result::needs_load &&
        updater->load_follows(user, default_deadline()))
      updater->read(user, before, page_size, page);
    if (page.result != feed_index::Page::Result::complete) {
      ++from_below;
      return defined_page(user, before);
    }
    ++from_memory;
    std::vector<Id> ids;
    for (const auto& item : page.items) ids.push_back(item.post);
    return ids;
  }
  std::vector<Id> page_of_rows(Id user, Id before) {
    if (before != posts::max_id) return defined_page(user, before);
    auto first = world.materialized_feed(user, static_cast<int>(page_size));
    from_rows += first.has_value();
    return first ? *std::move(first) : defined_page(user, before);
  }
  // The number of readers whose feeds differ.
  int compare_all(const std::vector<Id>& readers) {
    int wrong = 0;
    if (!readers.empty()) {
      const auto now =
          feed::query_feed(world.app.database, readers.front(), posts::max_id, 1).snapshot;
      REQUIRE(updater->wait_until_covered({now, std::nullopt}, default_deadline()));
    }
    for (const auto user : readers) {
      const auto defined = pages(user, [&](Id u, Id before) { return defined_page(u, before); });
      wrong += pages(user, [&](Id u, Id before) { return indexed_page(u, before); }) != defined;
      wrong += pages(user, [&](Id u, Id before) { return page_of_rows(u, before); }) != defined;
      posts_read += defined.size();
      defined_.clear();
    }
    return wrong;
  }

  test::FeedFixture world;
  std::vector<Id> users;
  std::optional<feed_index::IndexUpdater> updater;
  std::size_t from_memory = 0, from_below = 0, from_rows = 0, posts_read = 0;

 private:
  std::map<std::pair<Id, Id>, std::vector<Id>> defined_;  // pages of one user
};

// ---- while other users change feeds

// A thread that posts, deletes, follows and unfollows until stop(). Sometimes it deletes an
// account, suspends or reinstates one.
class RandomUser {
 public:
  RandomUser(FeedComparison& feeds, unsigned seed, std::vector<Id> leavers,
             std::vector<Id> suspended_in_turn = {})
      : app_(feeds.world.app),
        users_(feeds.users),
        leavers_(std::move(leavers)),
        suspended_in_turn_(std::move(suspended_in_turn)),
        random_(seed),
        follows_(app_.database, {}),
        thread_([this] { run(); }) {}
  ~RandomUser() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int done() const { return done_; }
  int left() const { return left_; }
  int suspensions() const { return suspensions_; }
  std::string failure;  // once stopped

 private:
  Id any() { return users_[random_() % users_.size()]; }

  void run() try {
    while (!stop_) {
      try {
        act();
        ++done_;
      } catch (const Error& error) {
        // The command concerned an account that was deleted, suspended or just reinstated.
        if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::permission_denied &&
            error.code() != ErrorCode::invalid_argument && error.code() != ErrorCode::unavailable)
          throw;
      }
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }

  void act() {
    const auto what = random_() % 100;
    if (what < 30) {
      const auto author = any();
      mine_.emplace_back(app_.posts.create(author, "x").id, author);
    } else if (what < 45 && !mine_.empty()) {
      const auto at = mine_.begin() + static_cast<std::ptrdiff_t>(random_() % mine_.size());
      const auto [post, author] = *at;
      mine_.erase(at);
      app_.posts.remove(post, author, false);
    } else if (done_ % 100 == 50 && !leavers_.empty()) {
      commands::Command command;
      users::Users(app_.database).delete_account(leavers_.back(), command);
      leavers_.pop_back();
      ++left_;
    } else if (done_ % 10 == 5 && !suspended_in_turn_.empty()) {
      const auto user = suspended_in_turn_[random_() % suspended_in_turn_.size()];
      if (!support::suspend(app_.database, user).changed) support::reinstate(app_.database, user);
      ++suspensions_;
    } else {
      const auto a = any(), b = any();
      if (a == b) return;
      if (what % 2 == 0)
        follows_.follow(a, b);
      else
        follows_.unfollow(a, b);
    }
  }

  test::App& app_;
  const std::vector<Id>& users_;
  std::vector<Id> leavers_, suspended_in_turn_;
  std::mt19937 random_;
  support::BlockingFollows follows_;
  std::vector<std::pair<Id, Id>> mine_;
  std::atomic<bool> stop_{false};
  std::atomic<int> done_{0}, left_{0}, suspensions_{0};
  std::thread thread_;
};

struct PageRead {
  events::PgSnapshot snapshot;
  std::vector<Id> posts;
  bool is_partial = false;  // memory ends here
};

// The whole feed in one statement.
PageRead read_defined(FeedComparison& feeds, Id user) {
  static constexpr store::Query query{
      "test/whole_feed",
      "SELECT pg_current_snapshot()::text, coalesce((SELECT string_agg(p.id::text, ',' ORDER BY "
      "p.id DESC) FROM (SELECT followee_id AS id FROM follows WHERE follower_id = u.id UNION ALL "
      "SELECT u.id) f JOIN users a ON a.id = f.id AND a.deleted_at IS NULL AND a.suspended_at IS "
      "NULL JOIN posts p ON "
      "p.author_id = f.id AND p.deleted_at IS NULL), '') FROM (SELECT (SELECT id FROM users WHERE "
      "id = $1 AND deleted_at IS NULL AND suspended_at IS NULL) AS id) u"};
  const auto rows = feeds.world.app.database.read(query, store::params(user));
  return {events::parse_snapshot(rows.single_row().text(0)),
          feed_index::parse_ids(rows.single_row().text(1))};
}

// The feed from pages of one publication. nullopt if the index publishes faster than this reads, or
// the definition must answer.
std::optional<PageRead> read_indexed(feed_index::IndexUpdater& updater, Id user) {
  PageRead cut;
  std::string token;
  feed_index::Page page;
  for (Id before = posts::max_id;;) {
    updater.read(user, before, page_size, page);
    if (page.result == feed_index::Page::Result::needs_load) {
      if (!updater.load_follows(user, default_deadline())) return std::nullopt;
      updater.read(user, before, page_size, page);
    }
    cut.is_partial = page.result != feed_index::Page::Result::complete;
    if (cut.is_partial && token.empty()) return std::nullopt;
    if (cut.is_partial) break;
    if (token.empty()) token = page.token;
    if (token != page.token) return std::nullopt;
    for (const auto& item : page.items) cut.posts.push_back(item.post);
    if (!page.has_more) break;
    before = page.items.back().post;
  }
  cut.snapshot = events::ConsistencyToken::parse(token)->snapshot;
  return cut;
}

struct ComparisonResult {
  int compared = 0, regressions = 0, mismatches = 0;
  std::size_t posts = 0;
};

// A feed read between two equal results of the defining query must equal them. A follow and
// unfollow in between may make a difference once, but not three times in a row.
void compare_beside(FeedComparison& feeds, Id user, ComparisonResult& found) {
  for (int differed = 0, tries = 0; tries < 100; ++tries) {
    const auto before = read_defined(feeds, user);
    if (!feeds.updater->wait_until_covered({before.snapshot, std::nullopt}, default_deadline())) {
      ++found.mismatches;
      return;
    }
    const auto shown = read_indexed(*feeds.updater, user);
    if (!shown) continue;
    const auto after = read_defined(feeds, user);
    found.regressions += !shown->snapshot.covers(before.snapshot);
    if (before.posts != after.posts) {
      differed = 0;
      continue;
    }
    auto expected = before.posts;
    if (shown->is_partial) expected.resize(std::min(expected.size(), shown->posts.size()));
    if (shown->posts == expected) {
      ++found.compared;
      found.posts += expected.size();
      return;
    }
    if (++differed == 3) {
      ++found.mismatches;
      return;
    }
  }
}

void run_all(FeedComparison& feeds, std::vector<Id> readers, std::chrono::seconds beside) {
  INFO("readers " << readers.size());
  CHECK(feeds.compare_all(readers) == 0);
  const auto at_rest = readers.size();
  ComparisonResult found;
  {
    // The last users delete their accounts, those before them are suspended and reinstated.
    const auto some = feeds.users.size() / 50;
    std::vector<Id> leavers(feeds.users.end() - static_cast<std::ptrdiff_t>(some),
                            feeds.users.end());
    const std::vector<Id> suspended(feeds.users.end() - static_cast<std::ptrdiff_t>(2 * some),
                                    feeds.users.end() - static_cast<std::ptrdiff_t>(some));
    RandomUser one(feeds, 1, leavers, suspended), two(feeds, 2, {});
    std::mt19937 random(3);
    // A busy machine gets to everything later.
    const auto has_enough = [&] {
      return one.done() + two.done() > 100 && one.left() > 0 && one.suspensions() > 3 &&
             found.compared > 20;
    };
    const auto deadline = Deadline::after(beside), last = Deadline::after(5min);
    while (!deadline.is_expired() || (!has_enough() && !last.is_expired()))
      compare_beside(feeds, readers[random() % readers.size()], found);
    one.stop();
    two.stop();
    CHECK(one.failure + two.failure == "");
    CHECK(one.done() + two.done() > 100);
    CHECK(one.left() > 0);
    CHECK(one.suspensions() > 3);
    std::printf("%zu users at rest, %zu posts; %d feeds beside %d commands, %zu posts, %d left\n",
                at_rest, feeds.posts_read, found.compared, one.done() + two.done(), found.posts,
                one.left());
  }
  CHECK(found.mismatches == 0);
  CHECK(found.regressions == 0);
  CHECK(found.compared > 20);
  feeds.world.run_until_idle();
  const auto living = feeds.ids({"test/living", "SELECT id FROM users WHERE deleted_at IS NULL"});
  const std::set<Id> here(living.begin(), living.end());
  readers.erase(std::remove_if(readers.begin(), readers.end(),
                               [&](Id user) { return here.count(user) == 0; }),
                readers.end());
  CHECK(feeds.compare_all(readers) == 0);
  CHECK(feeds.from_rows > readers.size());
  CHECK(feeds.from_memory > readers.size());
  CHECK(feeds.from_below > readers.size());
  std::printf("pages: %zu of memory, %zu below it, %zu of rows\n", feeds.from_memory,
              feeds.from_below, feeds.from_rows);
  std::fflush(stdout);
}

std::vector<Id> one_in(const std::vector<Id>& users, std::size_t n) {
  std::vector<Id> some;
  for (std::size_t i = 0; i < users.size(); i += n) some.push_back(users[i]);
  return some;
}

}  // namespace

TEST_CASE(
    "complete feeds of a real graph are equal from memory, from rows and by the defining query") {
  const support::TempFolder folder;
  FeedComparison feeds({"--graph", support::graph_file(folder)});
  feeds.add_posts(4);
  const auto readers = one_in(feeds.users, rounds<std::size_t>(24, 1));
  feeds.keep_rows(readers);
  feeds.keep_index();
  run_all(feeds, readers, rounds(3s, 60s));
}

TEST_CASE(
    "complete feeds of a generated world are equal from memory, from rows and by the defining "
    "query") {
  FeedComparison feeds({"--users", long_mode() ? "20000" : "1000", "--posts",
                        long_mode() ? "60000" : "4000", "--follows",
                        long_mode() ? "400000" : "20000", "--likes", "0", "--seed", "5"});
  const auto readers = one_in(feeds.users, rounds<std::size_t>(24, 2));
  feeds.keep_rows(readers);
  feeds.keep_index();
  run_all(feeds, readers, rounds(3s, 60s));
}
