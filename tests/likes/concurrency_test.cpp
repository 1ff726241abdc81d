// Likes, unlikes and deletes of the same posts at once, by threads.
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::App;

namespace {

// Runs all of them in threads at once, and rethrows an exception of one of them.
void run_concurrently(const std::vector<std::function<void()>>& tasks) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::string> failures(tasks.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    threads.emplace_back([&, i] {
      for (++ready; ready < tasks.size();) std::this_thread::yield();
      try {
        tasks[i]();
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) CHECK(failure == "");
}

// Runs the command. A missing post or like is no failure.
bool done(const std::function<void()>& act) {
  try {
    act();
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

// Likes as a client does. If others change the pair all the time, like() gives up without a change,
// so this tries again.
bool liked(App& app, Id user, Id post, std::atomic<int>& given_up) {
  for (;;) {
    try {
      return app.likes.like(user, post).created;
    } catch (const Error& error) {
      if (std::string(error.what()) != "this like is changing too fast, try again") throw;
      ++given_up;
    }
  }
}

std::string like_count(const App& app, Id post) {
  return app.sql("SELECT like_count FROM post_likes WHERE post_id = " + std::to_string(post));
}

// The invariants after any concurrent commands.
void check_consistent(const App& app) {
  CHECK(
      app.count("post_likes p WHERE like_count <> (SELECT count(*) FROM likes k WHERE k.post_id = "
                "p.post_id)") == 0);
  CHECK(app.count("likes k WHERE NOT EXISTS (SELECT FROM post_likes p WHERE p.post_id = "
                  "k.post_id)") == 0);
  CHECK(app.count("posts p WHERE (deleted_at IS NULL) <> EXISTS (SELECT FROM post_likes l WHERE "
                  "l.post_id = p.id)") == 0);
  // By id, the events of a pair alternate, beginning with a like. An unlike has the time of the
  // like before it.
  CHECK(
      app.count("(SELECT type, liked_at, lag(type) OVER pair AS before, lag(liked_at) OVER pair AS "
                "liked_before FROM events WHERE type IN (1, 2) WINDOW pair AS (PARTITION BY actor, "
                "object ORDER BY id)) e WHERE type = coalesce(before, 2) OR (type = 2 AND liked_at "
                "<> liked_before)") == 0);
  // The sum of a living post's events equals its likes.
  CHECK(app.count(
            "post_likes p WHERE like_count <> (SELECT coalesce(sum(CASE type WHEN 1 THEN 1 ELSE "
            "-1 END), 0) FROM events e WHERE e.object = p.post_id AND type IN (1, 2))") == 0);
}

}  // namespace

TEST_CASE("one user's concurrent likes create one like, and all return it") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  std::vector<Id> ids(5);
  std::atomic<int> created{0};
  std::vector<std::function<void()>> tasks;
  for (auto& id : ids) {
    tasks.emplace_back([&] {
      const auto outcome = app.likes.like(1, post);
      id = outcome.like.id;
      created += outcome.created ? 1 : 0;
    });
  }
  run_concurrently(tasks);
  CHECK(created == 1);
  CHECK(std::set<Id>(ids.begin(), ids.end()).size() == 1);
  CHECK(like_count(app, post) == "1");
  CHECK(app.count("likes") == 1);
  check_consistent(app);
}

TEST_CASE("ten users' concurrent likes count ten") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  std::atomic<int> created{0};
  std::vector<std::function<void()>> tasks;
  for (Id user = 1; user <= 10; ++user) {
    tasks.emplace_back(
        [&app, &created, user, post] { created += app.likes.like(user, post).created ? 1 : 0; });
  }
  run_concurrently(tasks);
  CHECK(created == 10);
  CHECK(like_count(app, post) == "10");
  CHECK(app.count("likes") == 10);
  check_consistent(app);
}

TEST_CASE("five likes and three unlikes at once of a post with five likes leave seven") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  for (Id user = 1; user <= 5; ++user) app.likes.like(user, post);
  std::vector<std::function<void()>> tasks;
  for (Id user = 6; user <= 10; ++user) {
    tasks.emplace_back([&app, user, post] { app.likes.like(user, post); });
  }
  for (Id user = 1; user <= 3; ++user) {
    tasks.emplace_back([&app, user, post] { app.likes.unlike(user, post); });
  }
  run_concurrently(tasks);
  CHECK(like_count(app, post) == "7");
  check_consistent(app);
}

TEST_CASE("a like that waits for a concurrent duplicate returns the duplicate's like") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  const auto id = std::to_string(post);
  // The other like of the pair commits after this one has taken its snapshot.
  std::thread slow([&] {
    app.sql(
        "WITH p AS (SELECT post_id FROM post_likes WHERE post_id = " + id +
        " FOR UPDATE), l AS (INSERT INTO likes (id, user_id, post_id) SELECT 4711, 1, post_id FROM "
        "p RETURNING post_id), c AS (UPDATE post_likes SET like_count = 1 FROM l WHERE "
        "post_likes.post_id = l.post_id) SELECT pg_sleep(1.5) FROM l");
  });
  while (app.count("pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND wait_event = "
                   "'PgSleep'") == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  const auto outcome = app.likes.like(1, post);
  slow.join();
  CHECK_FALSE(outcome.created);
  CHECK(outcome.like.id == 4711);
  CHECK(like_count(app, post) == "1");
}

TEST_CASE("concurrent likes and unlikes keep every count and the log consistent") {
  App app;
  std::vector<Id> all;
  for (int i = 0; i < 3; ++i) all.push_back(app.posts.create(std::nullopt, "").id);
  std::atomic<int> changed{0}, given_up{0};
  std::vector<std::function<void()>> tasks;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    tasks.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 60; ++i) {
        const Id user = 1 + random() % 3;
        const auto post = all[random() % all.size()];
        if (random() % 2 == 0) {
          changed += liked(app, user, post, given_up) ? 1 : 0;
        } else {
          changed += done([&] { app.likes.unlike(user, post); }) ? 1 : 0;
        }
      }
    });
  }
  run_concurrently(tasks);
  CHECK(given_up < 12 * 60 / 20);
  CHECK(app.count("events WHERE type IN (1, 2)") == changed);
  CHECK(app.changes > 0);  // one call for each batch
  CHECK(app.changes <= changed);
  check_consistent(app);
}

TEST_CASE("deletes concurrent with likes leave no like of a deleted post") {
  App app;
  for (int round = 0; round < 15; ++round) {
    const auto kept = app.posts.create(std::nullopt, "").id;
    const auto doomed = app.posts.create(std::nullopt, "").id;
    std::vector<std::function<void()>> tasks;
    for (Id user = 1; user <= 8; ++user) {
      tasks.emplace_back([&app, user, kept, doomed] {
        app.likes.like(user, kept);
        done([&] { app.likes.like(user, doomed); });
        done([&] { app.likes.like(user, doomed); });
        if (user % 2 == 0) done([&] { app.likes.unlike(user, doomed); });
      });
    }
    tasks.emplace_back([&app, doomed] {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      app.posts.remove(doomed, std::nullopt, false);
    });
    run_concurrently(tasks);
    CHECK(like_count(app, kept) == "8");
    // In the log the deletion comes after all likes of the post.
    CHECK(app.count(
              "events e WHERE type IN (1, 2) AND id > (SELECT id FROM events d WHERE d.type = 6 "
              "AND d.object = e.object)") == 0);
  }
  CHECK(app.deletes == 15);
  check_consistent(app);
}
