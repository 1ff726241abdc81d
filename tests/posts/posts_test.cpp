#include "posts/posts.hpp"

#include <thread>

#include "base/error.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"

using namespace feedctl;
using test::App;

namespace {

std::string text_of(Id id) {
  return std::to_string(id);
}

std::string event(const App& app, int type, Id object) {
  return app.sql("SELECT string_agg(shard || ' ' || actor, ',') FROM events WHERE type = " +
                 std::to_string(type) + " AND object = " + text_of(object));
}

}  // namespace

TEST_CASE("a post has its author's shard, a counter of its own and one event in the log") {
  App app;
  const auto author = app.add_user();
  const auto post = app.posts.create(author, "hello");
  CHECK(post.author.value().id == author);
  CHECK(post.author.value().handle == "u1");
  CHECK(post.author.value().name == "User 1");
  CHECK(post.text == "hello");
  CHECK(post.like_count == 0);
  CHECK(post.view_count == 0);
  CHECK(post.liked == false);
  CHECK(std::chrono::abs(post.created_at - now()) < std::chrono::seconds{60});
  const auto shard = std::to_string(shard_of(author));
  CHECK(app.sql("SELECT shard FROM posts WHERE id = " + text_of(post.id)) == shard);
  CHECK(app.sql("SELECT like_count FROM post_likes WHERE post_id = " + text_of(post.id)) == "0");
  CHECK(event(app, 5, post.id) == shard + " " + text_of(author));
}

TEST_CASE("a post without an author has its own id's shard, and actor 0 in the log") {
  App app;
  const auto post = app.posts.create(std::nullopt, "");
  CHECK_FALSE(post.author.has_value());
  CHECK_FALSE(post.liked.has_value());
  const auto shard = std::to_string(shard_of(post.id));
  CHECK(app.sql("SELECT shard FROM posts WHERE id = " + text_of(post.id)) == shard);
  CHECK(event(app, 5, post.id) == shard + " 0");
  app.posts.remove(post.id, std::nullopt, false);
  CHECK(event(app, 6, post.id) == shard + " 0");
}

TEST_CASE("an unknown or deleted user cannot post, and leaves nothing behind") {
  App app;
  const auto left = app.add_user();
  app.remove_user(left);
  CHECK_THROWS_WITH(app.posts.create(4711, "x"), "User with id 4711 not found");
  CHECK(support::error_code_of([&] { app.posts.create(left, "x"); }) == ErrorCode::not_found);
  CHECK(app.count("posts") == 0);
  CHECK(app.count("post_likes") == 0);
  CHECK(app.count("events") == 0);
}

TEST_CASE("a text is stored byte for byte") {
  App app;
  std::string combining = "e";
  for (int i = 0; i < 5000; ++i) combining += "\xcc\x81";
  for (const auto& text :
       {std::string(), std::string(" leading and trailing \n"),
        std::string("tab\tand 'quotes' \\ \"$1\""),
        std::string("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9"), combining}) {
    const auto post = app.posts.create(std::nullopt, text);
    CHECK(post.text == text);
    CHECK(app.posts.get(post.id, std::nullopt).text == text);
  }
}

TEST_CASE("a text has at most 10,000 characters") {
  std::string longest;
  for (int i = 0; i < 10000; ++i) longest += "\xf0\x9f\x98\x80";
  CHECK_NOTHROW(posts::check_text(longest));
  CHECK_THROWS_WITH(posts::check_text(longest + "x"), "text cannot exceed 10000 characters");
}

TEST_CASE("a blank text or one that PostgreSQL cannot store is refused") {
  CHECK_NOTHROW(posts::check_text(""));
  for (const auto& text : {std::string(" \n\t"), std::string("\xe2\x80\x8b"),
                           std::string("a\0b", 3), std::string("\xff")}) {
    CHECK(support::error_code_of([&] { posts::check_text(text); }) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("an id already in use is generated again") {
  App app;
  // Each id is requested twice.
  app.sql(
      "CREATE OR REPLACE FUNCTION feedctl_next_id() RETURNS bigint LANGUAGE sql VOLATILE AS "
      "'SELECT (nextval(''id_sequence'') + 1) / 2'");
  CHECK(app.posts.create(std::nullopt, "a").id == 1);
  CHECK(app.posts.create(std::nullopt, "b").id == 2);
  CHECK(app.posts.create(std::nullopt, "c").id == 3);
  CHECK(app.count("events") == 3);
}

TEST_CASE("after five ids in use the creation fails") {
  App app;
  app.sql(
      "CREATE OR REPLACE FUNCTION feedctl_next_id() RETURNS bigint LANGUAGE sql VOLATILE AS "
      "'SELECT 7 + 0 * nextval(''id_sequence'')'");
  app.posts.create(std::nullopt, "a");
  CHECK(support::error_code_of([&] { app.posts.create(std::nullopt, "b"); }) ==
        ErrorCode::conflict);
  CHECK(app.sql("SELECT last_value FROM id_sequence") == "6");
}

TEST_CASE("another unique violation is not mistaken for an id in use") {
  App app;
  app.sql("CREATE UNIQUE INDEX one_of_each ON posts (text)");
  app.posts.create(std::nullopt, "a");
  CHECK(support::error_code_of([&] { app.posts.create(std::nullopt, "a"); }) ==
        ErrorCode::conflict);
  CHECK(app.sql("SELECT last_value FROM id_sequence") == "2");
}

TEST_CASE("posts are loaded in the requested order, without those that are gone") {
  App app;
  const auto ann = app.add_user();
  const auto left = app.add_user();
  const auto a = app.posts.create(ann, "a").id;
  const auto gone = app.posts.create(ann, "gone").id;
  const auto orphan = app.posts.create(left, "of somebody who left").id;
  const auto nobodys = app.posts.create(std::nullopt, "nobody's").id;
  app.posts.remove(gone, ann, false);
  app.remove_user(left);
  app.likes.like(ann, nobodys);
  const std::vector<Id> asked{nobodys, orphan, 1, gone, a};
  const auto found = posts::load(app.database, asked, ann);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == nobodys);
  CHECK(found[0].liked == true);
  CHECK(found[0].like_count == 1);
  CHECK(found[1].id == a);
  CHECK(found[1].liked == false);
  CHECK(posts::load(app.database, {}, ann).empty());
  CHECK(support::error_code_of([&] { app.posts.get(orphan, std::nullopt); }) ==
        ErrorCode::not_found);
}

TEST_CASE("deleting a post erases its text, counter, likes and views, and writes one event") {
  App app;
  const auto author = app.add_user();
  const auto post = app.posts.create(author, "a secret").id;
  const auto other = app.posts.create(author, "stays").id;
  for (Id user = 1; user <= 5; ++user) {
    app.likes.like(user, post);
    app.likes.like(user, other);
  }
  app.sql("INSERT INTO post_views (post_id, view_count) VALUES (" + text_of(post) + ", 3)");
  app.posts.remove(post, author, false);
  CHECK(app.deletes == 1);
  CHECK(app.sql("SELECT text || '|' || (deleted_at IS NOT NULL)::text FROM posts WHERE id = " +
                text_of(post)) == "|true");
  CHECK(app.count("post_likes WHERE post_id = " + text_of(post)) == 0);
  CHECK(app.count("post_views WHERE post_id = " + text_of(post)) == 0);
  CHECK(app.count("likes WHERE post_id = " + text_of(post)) == 0);
  CHECK(app.count("likes WHERE post_id = " + text_of(other)) == 5);
  CHECK(event(app, 6, post) == std::to_string(shard_of(author)) + " " + text_of(author));
  // The removal of the likes writes no events.
  CHECK(app.count("events WHERE type = 2") == 0);
  CHECK(support::error_code_of([&] { app.posts.remove(post, author, false); }) ==
        ErrorCode::not_found);
  CHECK(app.deletes == 1);
  CHECK(app.count("events WHERE type = 6") == 1);
}

TEST_CASE("a post can be deleted by its author, an admin or, if no actor is named, anybody") {
  App app;
  const auto author = app.add_user();
  const auto other = app.add_user();
  const auto admin = app.add_user("admin");
  const auto post = [&] { return app.posts.create(author, "x").id; };
  const auto nobodys = [&] { return app.posts.create(std::nullopt, "x").id; };
  const auto remove = [&](Id id, std::optional<Id> actor, bool is_admin) {
    return support::error_code_of([&] { app.posts.remove(id, actor, is_admin); });
  };
  const std::optional<ErrorCode> done;  // no error
  CHECK(remove(post(), author, false) == done);
  CHECK(remove(post(), std::nullopt, false) == done);
  CHECK(remove(post(), admin, true) == done);
  CHECK(remove(nobodys(), std::nullopt, false) == done);
  CHECK(remove(nobodys(), admin, true) == done);
  const auto kept = post();
  const auto kept_too = nobodys();
  CHECK(remove(kept, other, false) == ErrorCode::permission_denied);
  CHECK(remove(kept_too, other, false) == ErrorCode::permission_denied);
  CHECK(remove(kept, 4711, false) == ErrorCode::not_found);
  CHECK(app.posts.get(kept, std::nullopt).text == "x");
  CHECK(app.posts.get(kept_too, std::nullopt).text == "x");
  CHECK(app.count("events WHERE type = 6") == 5);
}

TEST_CASE("of many concurrent deletions of a post one succeeds") {
  App app;
  const auto post = app.posts.create(std::nullopt, "x").id;
  std::atomic<int> done{0}, missing{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto code =
          support::error_code_of([&] { app.posts.remove(post, std::nullopt, false); });
      if (!code) ++done;
      if (code == ErrorCode::not_found) ++missing;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 1);
  CHECK(missing == 7);
  CHECK(app.count("events WHERE type = 6") == 1);
}
