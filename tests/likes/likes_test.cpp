#include "likes/likes.hpp"

#include "base/error.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::App;

namespace {

std::string like_count(const App& app, Id post) {
  return app.sql("SELECT like_count FROM post_likes WHERE post_id = " + std::to_string(post));
}

}  // namespace

TEST_CASE("a like is one row, one count and one event with the like's own time") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  const auto made = app.likes.like(77, post);
  CHECK(made.created);
  CHECK(made.like.post_id == post);
  CHECK(made.like.user_id == 77);
  CHECK(like_count(app, post) == "1");
  CHECK(app.count("likes WHERE user_id = 77 AND id = " + std::to_string(made.like.id)) == 1);
  CHECK(app.sql("SELECT feedctl_us(liked_at) FROM events WHERE type = 1") ==
        std::to_string(unix_us(made.like.created_at)));
  CHECK(app.sql("SELECT shard || ' ' || actor || ' ' || object FROM events WHERE type = 1") ==
        std::to_string(shard_of(77)) + " 77 " + std::to_string(post));
  CHECK(app.changes == 1);
}

TEST_CASE("a repeated like returns the first like and changes nothing") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  const auto first = app.likes.like(1, post);
  const auto second = app.likes.like(1, post);
  CHECK_FALSE(second.created);
  CHECK(second.like.id == first.like.id);
  CHECK(second.like.created_at == first.like.created_at);
  CHECK(like_count(app, post) == "1");
  CHECK(app.count("events WHERE type = 1") == 1);
  CHECK(app.changes == 1);
}

TEST_CASE("an unlike removes the row and the count, and its event has the like's time") {
  App app;
  const auto post = app.posts.create(std::nullopt, "").id;
  app.likes.like(1, post);
  const auto mine = app.likes.like(2, post).like;
  app.likes.unlike(2, post);
  CHECK(like_count(app, post) == "1");
  CHECK(app.count("likes") == 1);
  CHECK(app.sql("SELECT actor || ' ' || feedctl_us(liked_at) FROM events WHERE type = 2") ==
        "2 " + std::to_string(unix_us(mine.created_at)));
  CHECK_THROWS_WITH(app.likes.unlike(2, post),
                    "Like from user 2 on post " + std::to_string(post) + " not found");
  CHECK(app.changes == 3);
  CHECK_FALSE(app.likes.find(2, post).has_value());
  CHECK(app.likes.like(2, post).like.id != mine.id);
}

TEST_CASE("a missing post cannot be liked, unliked, read or aggregated") {
  App app;
  const auto deleted = app.posts.create(std::nullopt, "").id;
  app.likes.like(1, deleted);
  app.posts.remove(deleted, std::nullopt, false);
  for (const Id post : {Id{4711}, deleted}) {
    const auto text = "Post with id " + std::to_string(post) + " not found";
    CHECK_THROWS_WITH(app.likes.like(1, post), text);
    CHECK_THROWS_WITH(app.likes.unlike(1, post), text);
    CHECK_THROWS_WITH(app.likes.find(1, post), text);
    CHECK_THROWS_WITH(app.likes.aggregates(post), text);
    CHECK_THROWS_WITH(app.likes.of_post(post, posts::max_id, 10), text);
  }
  CHECK(app.count("likes") == 0);
  CHECK(app.changes == 1);
}

TEST_CASE("a post's score is exactly its likes of the last 24 hours") {
  App app;
  const auto post = app.posts.create(std::nullopt, "");
  for (Id user = 1; user <= 5; ++user) app.likes.like(user, post.id);
  app.sql("UPDATE likes SET created_at = now() - interval '23 hours 59 minutes' WHERE user_id = 1");
  app.sql("UPDATE likes SET created_at = now() - interval '24 hours 1 minute' WHERE user_id > 3");
  const auto sums = app.likes.aggregates(post.id);
  CHECK(sums.post_id == post.id);
  CHECK(sums.total_likes == 5);
  CHECK(sums.score_24h == 3);
  CHECK(sums.created_at == post.created_at);
}

TEST_CASE("the database allows one like per user and post, whoever writes the row") {
  App app;
  const auto post = std::to_string(app.posts.create(std::nullopt, "").id);
  app.sql("INSERT INTO likes (user_id, post_id) VALUES (1, " + post + ")");
  std::string refusal;
  try {
    app.sql("INSERT INTO likes (user_id, post_id) VALUES (1, " + post + ")");
  } catch (const Error& error) {
    refusal = std::string(error.what()) + error.detail();
  }
  INFO(refusal);
  CHECK(refusal.find("likes_pkey") != std::string::npos);
}
