#include "imports/import_load.hpp"

#include <string>
#include <thread>

#include "import_fixture.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

imports::ImportOptions small_batches() {
  imports::ImportOptions options;
  options.posts_per_transaction = 10;
  return options;
}

imports::ImportOptions as_user(const std::string& handle) {
  imports::ImportOptions options;
  options.as_handle = handle;
  return options;
}

struct Power {};

// Imports until the `batches`th batch is written, and is killed then.
void import_in_part(store::Database& database, const std::vector<imports::ImportedPost>& posts,
                    int batches) {
  auto options = small_batches();
  options.on_posts = [&batches](std::size_t) -> bool {
    if (--batches == 0) throw Power{};
    return true;
  };
  CHECK_THROWS_AS(import_account(database, "ada", posts, {}, options), Power);
}

}  // namespace

TEST_CASE("an archive becomes a user with posts at their times, counters and events") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto report = import_account(db, "ada", posts_of(45), {"bo"}, small_batches());
  CHECK(report.account == "twitter:id-ada");
  CHECK(report.handle == "ada");
  CHECK(report.posts_added == 45);
  CHECK(report.posts_known == 0);
  CHECK(report.follows_added == 0);
  CHECK(report.follows_unknown == 1);
  check_consistent(fresh);
  CHECK(fresh.execute("SELECT handle || '|' || name || '|' || feedctl_us(created_at) FROM users") ==
        "ada|The name of ada|" + std::to_string(unix_us(*account_of("ada").created_at)));
  for (const auto& post : posts_of(45)) {
    INFO(post.external_id);
    const auto us = std::to_string(unix_us(post.at));
    CHECK(fresh.execute("SELECT text FROM posts WHERE feedctl_us(created_at) = " + us) ==
          post.text);
  }
}

TEST_CASE("the same archive again adds nothing, and a newer one adds what is new") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  import_account(db, "ada", posts_of(45), {}, small_batches());
  const auto events = count(fresh, "events");
  const auto again = import_account(db, "ada", posts_of(45), {});
  CHECK(again.posts_added == 0);
  CHECK(again.posts_known == 45);
  CHECK(again.handle == "ada");
  CHECK(count(fresh, "events") == events);
  const auto newer = import_account(db, "ada", posts_of(60), {}, small_batches());
  CHECK(newer.posts_added == 15);
  CHECK(newer.posts_known == 45);
  CHECK(count(fresh, "users") == 1);
  check_consistent(fresh);
}

TEST_CASE("a post that an archive holds twice is added once, and a deleted one not again") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  auto posts = posts_of(5);
  posts.push_back(posts.front());
  const auto report = import_account(db, "ada", posts);
  CHECK(report.posts_added == 5);
  CHECK(report.posts_known == 1);
  fresh.execute("UPDATE posts SET deleted_at = now(), text = ''");
  fresh.execute("DELETE FROM post_likes");
  CHECK(import_account(db, "ada", posts).posts_added == 0);
}

TEST_CASE("an import that was killed anywhere continues when it runs again") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto posts = posts_of(45);
  for (int batches : {1, 2, 3}) import_in_part(db, posts, batches);
  CHECK(count(fresh, "posts") == 30);
  check_consistent(fresh);
  const auto rest = import_account(db, "ada", posts);
  CHECK(rest.posts_added == 15);
  CHECK(rest.posts_known == 30);
  CHECK(count(fresh, "users") == 1);
  check_consistent(fresh);
}

TEST_CASE("a stop keeps what is in, and says how to go on") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  auto options = small_batches();
  options.on_posts = [](std::size_t) { return false; };
  CHECK(support::error_code_of([&] { import_account(db, "ada", posts_of(45), {}, options); }) ==
        ErrorCode::failed);
  CHECK(count(fresh, "posts") == 10);
  CHECK(import_account(db, "ada", posts_of(45)).posts_added == 35);
}

TEST_CASE("an archive that is refused before its first post makes no user") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  {
    imports::ImportLoad load(db, {});
    load.on_account(account_of("ada"));
    load.on_skipped(imports::SkipReason::malformed);
    load.settle();
    CHECK(load.report().handle.empty());
  }
  CHECK(count(fresh, "users") == 0);
  CHECK(import_account(db, "ada", {}).handle == "ada");
  CHECK(count(fresh, "users") == 1);
}

TEST_CASE("what was written before an error is counted") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  imports::ImportLoad load(db, small_batches());
  load.on_account(account_of("ada"));
  for (const auto& post : posts_of(25)) load.on_post(post);
  load.settle();
  CHECK(load.report().posts_added == 20);
  CHECK(count(fresh, "posts") == 20);
}

TEST_CASE("two imports of an account at once add each post once, to one user") {
  const support::FreshDatabase fresh;
  const auto posts = posts_of(200);
  imports::ImportReport reports[2];
  std::thread threads[2];
  for (int i = 0; i < 2; ++i) {
    threads[i] = std::thread([&, i] {
      store::Database db(owner_of(fresh));
      auto options = small_batches();
      options.posts_per_transaction = i == 0 ? 10 : 7;
      reports[i] = import_account(db, "ada", posts, {}, options);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(reports[0].posts_added + reports[1].posts_added == 200);
  CHECK(reports[0].posts_known + reports[1].posts_known == 200);
  CHECK(reports[0].user == reports[1].user);
  CHECK(count(fresh, "users") == 1);
  check_consistent(fresh);
}

TEST_CASE("accounts whose posts have the same times take different ids") {
  const support::FreshDatabase fresh;
  std::thread threads[3];
  for (int i = 0; i < 3; ++i) {
    threads[i] = std::thread([&, i] {
      store::Database db(owner_of(fresh));
      import_account(db, "user" + std::to_string(i), posts_of(100), {}, small_batches());
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(count(fresh, "posts") == 300);
  check_consistent(fresh);
}

TEST_CASE("a taken handle is replaced by a free one, and an official one is not taken") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  CHECK(import_account(db, "ada", posts_of(1)).handle == "ada");
  for (const char* expected : {"ada_mastodon", "ada_mastodon_2", "ada_mastodon_3"}) {
    imports::ImportLoad load(db, {});
    load.on_account({"mastodon", std::string("id of ") + expected, "Ada", "", {}});
    load.finish();
    CHECK(load.report().handle == expected);
  }
  imports::ImportLoad load(db, {});
  load.on_account({"mastodon", "id", "Admin", "two\nlines", {}});
  load.finish();
  CHECK(load.report().handle == "admin_mastodon");
  CHECK(fresh.execute("SELECT name FROM users WHERE handle = 'admin_mastodon'").empty());
  check_consistent(fresh);
}

TEST_CASE("--as names the user, an existing or a new one") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto first = import_account(db, "ada", posts_of(3), {}, as_user("lake"));
  CHECK(first.handle == "lake");
  // Another account of the same person.
  const auto second = import_account(db, "ada_private", posts_of(3), {}, as_user("lake"));
  CHECK(second.user == first.user);
  CHECK(second.posts_added == 3);
  CHECK(import_account(db, "ada", posts_of(3)).handle == "lake");
  CHECK(import_account(db, "ada", posts_of(3), {}, as_user("lake")).posts_known == 3);
  CHECK(support::error_code_of([&] {
          import_account(db, "ada", posts_of(3), {}, as_user("sea"));
        }) == ErrorCode::bad_data);
  CHECK(support::error_code_of([&] {
          import_account(db, "bo", posts_of(3), {}, as_user("No Handle"));
        }) == ErrorCode::usage);
  CHECK(count(fresh, "users") == 1);
  CHECK(count(fresh, "posts") == 6);
  check_consistent(fresh);
}

TEST_CASE("the archive of a deleted user becomes a new user") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto before = import_account(db, "ada", posts_of(20));
  fresh.execute("UPDATE users SET deleted_at = now()");
  fresh.execute("DELETE FROM user_stats");
  const auto after = import_account(db, "ada", posts_of(20));
  CHECK(after.user != before.user);
  CHECK(after.handle == "ada");
  CHECK(after.posts_added == 20);
  CHECK(import_account(db, "ada", posts_of(20)).posts_known == 20);
}

TEST_CASE("a user who is deleted during the import gets nothing more") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  auto options = small_batches();
  options.on_posts = [&](std::size_t) {
    fresh.execute("UPDATE users SET deleted_at = now()");
    return true;
  };
  CHECK(support::error_code_of([&] { import_account(db, "ada", posts_of(45), {}, options); }) ==
        ErrorCode::failed);
  CHECK(count(fresh, "posts") == 10);
  CHECK(count(fresh, "imported_posts") == 10);
}

TEST_CASE(
    "an account follows those that were imported before, and later ones when it comes again") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  import_account(db, "bo", {});
  const auto first = import_account(db, "ada", {}, {"bo", "cy", "ada", "bo"});
  CHECK(first.follows_added == 1);
  CHECK(first.follows_unknown == 1);
  CHECK(import_account(db, "ada", {}, {"bo", "cy"}).follows_added == 0);
  import_account(db, "cy", {});
  const auto later = import_account(db, "ada", {}, {"bo", "cy"});
  CHECK(later.follows_added == 1);
  CHECK(later.follows_unknown == 0);
  CHECK(count(fresh, "follows") == 2);
  check_consistent(fresh);
}

TEST_CASE("an import follows accounts that come after it in the same command") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  imports::ImportLoad load(db, {});
  load.on_account(account_of("ada"));
  for (const char* id : {"id-bo", "id-cy"}) load.on_follow(id);
  load.finish();
  CHECK(load.report().follows_unknown == 2);
  import_account(db, "bo", {});
  load.retry_unknown_follows();
  CHECK(load.report().follows_added == 1);
  CHECK(load.report().follows_unknown == 1);
  check_consistent(fresh);
}

TEST_CASE("replies are left out where the command says so") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  auto posts = posts_of(6);
  posts[1].is_reply = posts[4].is_reply = true;
  posts[2].was_cut = true;
  imports::ImportOptions options;
  options.without_replies = true;
  const auto without = import_account(db, "ada", posts, {}, options);
  CHECK(without.posts_added == 4);
  CHECK(without.cut == 1);
  CHECK(without.left_out_for(imports::SkipReason::reply) == 2);
  CHECK(import_account(db, "ada", posts).posts_added == 2);
}

TEST_CASE("a dry run says what would be added, and adds nothing") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  import_account(db, "bo", posts_of(5));
  auto options = owner_of(fresh);
  options.dry_run = true;
  store::Database dry(options);
  const auto report = import_account(dry, "ada", posts_of(12), {"bo", "cy"}, small_batches());
  CHECK(report.handle == "ada");
  CHECK(report.posts_added == 12);
  CHECK(report.follows_added == 1);
  CHECK(report.follows_unknown == 1);
  const auto known = import_account(dry, "bo", posts_of(12));
  CHECK(known.posts_added == 7);
  CHECK(known.posts_known == 5);
  CHECK(count(fresh, "users") == 1);
  CHECK(count(fresh, "posts") == 5);
}

TEST_CASE("an archive that names no account is refused") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  imports::ImportLoad load(db, {});
  CHECK(support::error_code_of([&] { load.finish(); }) == ErrorCode::bad_data);
  for (const auto& id : {std::string(), std::string(600, 'x'), std::string("a\nb")}) {
    imports::ImportLoad bad(db, {});
    CHECK(support::error_code_of([&] {
            bad.on_account({"twitter", id, "ada", "", {}});
          }) == ErrorCode::bad_data);
  }
  CHECK(count(fresh, "users") == 0);
}
