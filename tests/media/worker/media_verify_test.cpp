// Verification of media: what counts as drift, what is repaired, and that it may stop anywhere.
#include <filesystem>
#include <fstream>
#include <thread>

#include "media_worker_fixture.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct VerifiedFixture : MediaWorkerFixture {
  VerifiedFixture() {
    image = upload_image(post);
    avatar = upload_avatar(author);
    run_jobs();
  }

  void lose(const std::string& key) {
    directory.remove(key, Deadline::after(std::chrono::minutes{5}));
  }
  std::string repair() {
    media::VerifyOptions options;
    options.repair = true;
    return findings(options);
  }
  std::string shown_image() const {
    return sql("SELECT coalesce(image_id, 0) FROM posts WHERE id = " + std::to_string(post));
  }

  Id author = add_user("ann");
  Id post = add_post(author);
  Id image = 0, avatar = 0;
};

}  // namespace

TEST_CASE("a store that has what the rows say has no drift") {
  VerifiedFixture world;
  const auto report = world.verify();
  CHECK(report.remaining_drift() == 0);
  CHECK_FALSE(report.stopped);
  CHECK(report.results[0].checked == 2);  // images
  CHECK(report.results[1].checked == 2);  // and their thumbnails
  media::VerifyOptions deep;
  deep.deep = true;
  CHECK(world.findings(deep) == "");
}

TEST_CASE("a missing thumbnail is made anew") {
  VerifiedFixture world;
  const auto key = media::thumbnail_key(world.key_of(world.image), 640);
  world.lose(key);
  CHECK(world.findings() == "thumbnails in the store 1/0");
  CHECK(world.count("jobs") == 0);
  CHECK(world.repair() == "thumbnails in the store 1/1");
  CHECK(world.state_of(world.image) == "1");
  world.run_jobs();
  CHECK(world.keys().count(key) == 1);
  CHECK(world.findings() == "");
}

TEST_CASE("a lost or damaged image is removed only on request") {
  VerifiedFixture world;
  const auto key = world.key_of(world.image);
  media::VerifyOptions options;
  SECTION("lost") {
    world.lose(key);
  }
  SECTION("of another size") {
    world.put(key, "shorter");
  }
  SECTION("with other bytes") {
    world.put(key, "an imagE");
    CHECK(world.findings() == "");
    options.deep = true;
  }
  options.repair = true;
  CHECK(world.findings(options) == "images in the store 1/0");
  CHECK(world.shown_image() == std::to_string(world.image));
  options.drop_lost = true;
  CHECK(world.findings(options) == "images in the store 1/1");
  CHECK(world.shown_image() == "0");
  CHECK(world.count("events WHERE type = 18") == 1);
  world.run_jobs();
  CHECK(world.count("media") == 1);
  CHECK(world.findings() == "");
}

TEST_CASE("media that nothing shows is removed") {
  VerifiedFixture world;
  SECTION("its post shows none") {
    world.sql("UPDATE posts SET image_id = NULL RETURNING 1");
    CHECK(world.repair() == "images that are shown 1/1");
  }
  SECTION("its post was deleted long ago, and no worker has removed it") {
    world.posts.remove(world.post, world.author, false);
    CHECK(world.findings() == "");  // its event may wait
    world.sql("UPDATE posts SET deleted_at = now() - interval '1 hour' RETURNING 1");
    CHECK(world.repair() == "images that are shown 1/1");
  }
  world.run_jobs();
  CHECK(world.count("media") == 1);
  CHECK(world.keys().size() == 3);
  CHECK(world.findings() == "");
}

TEST_CASE("posts and users that show what is gone show none after a repair") {
  VerifiedFixture world;
  world.sql("UPDATE posts SET image_id = 4711 RETURNING 1");
  world.sql("UPDATE users SET avatar_id = " + std::to_string(world.image) + " RETURNING 1");
  CHECK(world.repair() == "images that are shown 2/2, images of posts 1/1, avatars of users 1/1");
  CHECK(world.count("events WHERE type IN (18, 19)") == 2);
  world.run_jobs();
  CHECK(world.findings() == "");
  CHECK(world.keys().empty());
}

TEST_CASE("an image whose job was lost is processed again") {
  VerifiedFixture world;
  const auto image = world.upload_image(world.post, "another image");
  CHECK(world.findings() == "");  // its job waits
  world.sql("DELETE FROM jobs WHERE kind = 'media.process' RETURNING 1");
  CHECK(world.repair() == "images that are processed 1/1");
  world.run_jobs();
  CHECK(world.state_of(image) == "2");
  CHECK(world.findings() == "");
}

TEST_CASE("a dry run of a repair changes nothing") {
  VerifiedFixture world;
  world.lose(media::thumbnail_key(world.key_of(world.image), 640));
  auto options = world.database.options();
  options.dry_run = true;
  store::Database dry(options);
  media::VerifyOptions repair;
  repair.repair = repair.dry_run = true;
  CHECK(media::verify(dry, world.store, repair).results[1].drift == 1);
  CHECK(world.count("jobs") == 0);
  CHECK(world.count("media_scans") == 0);
}

TEST_CASE("a repair waits for an upload that replaces the lost image, and not the upload for it") {
  VerifiedFixture world;
  const bool is_avatar = GENERATE(false, true);
  const auto media = is_avatar ? world.avatar : world.image;
  world.lose(world.key_of(media));
  // As an upload: first the post or the user, then the media that it replaces.
  static constexpr store::Query lock_post{"test.lock_post",
                                          "SELECT FROM posts WHERE id = $1 FOR UPDATE"};
  static constexpr store::Query lock_user{"test.lock_user",
                                          "SELECT FROM users WHERE id = $1 FOR UPDATE"};
  static constexpr store::Query replace{"test.replace",
                                        "UPDATE media SET removed_at = now() WHERE id = $1"};
  auto tx = world.database.write();
  tx.query(is_avatar ? lock_user : lock_post, store::params(is_avatar ? world.author : world.post));
  media::VerifyOptions options;
  options.repair = options.drop_lost = true;
  std::string found;
  std::thread repair([&] { found = world.findings(options); });
  CHECK(support::eventually([&] {
    return world.count(
               "pg_stat_activity WHERE datname = current_database() AND "
               "wait_event_type = 'Lock'") == 1;
  }));
  CHECK_NOTHROW(tx.query(replace, store::params(media)));
  CHECK_NOTHROW(tx.commit());
  repair.join();
  CHECK(found.find("images in the store 1/0") == 0);
  CHECK(world.count("jobs") == 0);
}

TEST_CASE("an image that is removed during the check is no drift") {
  VerifiedFixture world;
  bool is_removed = false;
  world.store.on_head = [&](const std::string&) {
    if (is_removed) return;
    is_removed = true;
    world.remove_image(world.post, world.author);
    world.run_due_jobs(jobs::Priority::low);
    CHECK(world.count("media") == 1);
  };
  CHECK(world.findings() == "");
  CHECK(is_removed);
}

TEST_CASE("a check that is stopped resumes, and one runs at a time") {
  VerifiedFixture world;
  std::vector<std::string> phases;
  media::VerifyOptions options;
  options.on_phase = [&](const std::string& what) { phases.push_back(what); };
  options.should_stop = [&] { return phases.size() == 2; };
  CHECK(world.verify(options).stopped);
  REQUIRE(phases.size() == 2);
  CHECK(world.count("media_scans WHERE name = 'verify' AND finished_at IS NULL") == 1);
  phases.clear();
  options.should_stop = {};
  options.resume = true;
  bool is_second_refused = false;
  options.on_checked = [&](std::int64_t) {
    try {
      world.verify();
    } catch (const Error& error) {
      is_second_refused = error.code() == ErrorCode::lock_held;
    }
  };
  CHECK_FALSE(world.verify(options).stopped);
  CHECK(is_second_refused);
  CHECK_THROWS_AS(world.verify(options), Error);  // nothing to resume
}

TEST_CASE("a store that fails stops the check") {
  VerifiedFixture world;
  world.store.fail_at(1);
  CHECK_THROWS_AS(world.verify(), Error);
  CHECK(world.findings() == "");
}
