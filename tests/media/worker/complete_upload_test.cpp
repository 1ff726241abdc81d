// Uploads by a presigned form: taken from quarantine by a job, refused with a reason, or expired.
#include "media/complete_upload.hpp"

#include "media/png_image.hpp"
#include "media/upload_expiry.hpp"
#include "media_worker_fixture.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

struct UploadFixture : MediaWorkerFixture {
  UploadFixture() { handlers.merge(media::upload_job_handlers(service)); }

  // A client has stored its object, unless it is "", and ended the upload.
  void complete(const std::string& bytes, const std::string& content_type = "image/png") {
    sql("INSERT INTO media_uploads (id, kind, owner_id, subject_id, content_type, state) VALUES (" +
        std::to_string(upload) + ", 1, " + std::to_string(owner) + ", " + std::to_string(post) +
        ", '" + content_type + "', 2) RETURNING 1");
    sql("INSERT INTO jobs (kind, lane, subject) VALUES ('media.complete_upload', 1, " +
        std::to_string(upload) + ") RETURNING 1");
    if (!bytes.empty()) put(media::quarantine_key(upload), bytes);
  }
  // "3", or "4: why".
  std::string result() const {
    return sql("SELECT state || coalesce(': ' || problem, '') FROM media_uploads");
  }
  bool is_refused(const std::string& why) const {
    return result().rfind("4: ", 0) == 0 && result().find(why) != std::string::npos;
  }
  static config::MediaConfig config() {
    config::MediaConfig made;
    made.max_bytes = 100'000;
    return made;
  }

  Id author = add_user("ann");
  Id owner = author;
  Id post = add_post(author);
  Id upload = 77;
  images::ImageProcessor processor{{.concurrency = 2, .executable = support::feedctl_binary()}};
  media::MediaService service{
      {.database = database, .store = &store, .images = processor, .config = config()}};
};

}  // namespace

TEST_CASE("an upload that nobody can use is refused with the reason, and its object goes") {
  if (!images::ImageProcessor::is_available()) return;
  UploadFixture world;
  std::string why;
  SECTION("nothing was sent") {
    world.complete("");
    why = "nothing was uploaded";
  }
  SECTION("too large") {
    world.complete(std::string(100'000, 'x'));
    why = "smaller than 100000 bytes";
  }
  SECTION("no image") {
    world.complete("<html>");
    why = "";
  }
  SECTION("another type than declared") {
    world.complete(png_image(4, 4), "image/jpeg");
    why = "image/png";
  }
  SECTION("another's post") {
    world.owner = world.add_user("ben");
    world.complete(png_image(4, 4));
    why = "author";
  }
  SECTION("a post that was deleted meanwhile") {
    world.complete(png_image(4, 4));
    world.posts.remove(world.post, world.author, false);
    why = "not found";
  }
  world.run_jobs();
  INFO(world.result());
  CHECK(world.is_refused(why));
  CHECK(world.keys().empty());
  CHECK(world.count("media") == 0);
  CHECK(world.count("dead_events") == 0);
}

TEST_CASE("an upload is checked, encoded anew and shown, whichever call of the store fails") {
  if (!images::ImageProcessor::is_available()) return;
  int call = 0;
  for (bool has_failed = true; has_failed; ++call) {
    UploadFixture world;
    world.complete(png_image(40, 20));
    world.store.fail_at(call);
    world.run_jobs();
    has_failed = call == 0 || world.store.has_failed();
    world.store.fail_at(0);
    world.collect_later();  // what a job stored before it failed
    CHECK(world.result() == "3");
    CHECK(world.count("media_uploads u JOIN media m ON m.id = u.media_id JOIN posts p ON "
                      "p.image_id = m.id WHERE m.state = 2 AND m.width = 40") == 1);
    CHECK(world.keys().count(media::quarantine_key(world.upload)) == 0);
    CHECK(world.findings() == "");
    // Again: nothing more happens.
    world.sql(
        "INSERT INTO jobs (kind, lane, subject) VALUES ('media.complete_upload', 1, 77) "
        "RETURNING 1");
    world.run_jobs();
    CHECK(world.count("media") == 1);
  }
  CHECK(call > 3);
}

TEST_CASE("an administrator's upload for another's post is in the audit log") {
  if (!images::ImageProcessor::is_available()) return;
  UploadFixture world;
  world.owner = world.users.create({"root", "", users::Role::admin}).id;
  world.complete(png_image(4, 4));
  world.run_jobs();
  CHECK(world.result() == "3");
  CHECK(world.sql("SELECT actor FROM audit_log") == std::to_string(world.owner));
}

TEST_CASE("uploads expire with their objects: waiting ones soon, results after a day") {
  MediaWorkerFixture world;
  const auto add = [&](Id id, int state, const std::string& age) {
    world.sql(
        "INSERT INTO media_uploads (id, kind, subject_id, content_type, state, created_at) "
        "VALUES (" +
        std::to_string(id) + ", 1, 1, 'image/png', " + std::to_string(state) +
        ", now() - interval '" + age + "') RETURNING 1");
    world.put(media::quarantine_key(id), "an upload");
  };
  add(1, 1, "30 minutes");
  add(2, 1, "2 hours");
  add(3, 2, "2 days");
  add(4, 3, "2 hours");
  add(5, 4, "2 days");
  add(6, 2, "8 days");
  for (Id id = 100; id < 160; ++id) add(id, 1, "3 hours");  // more than a batch
  const auto expired = [&] { return world.count("media_uploads WHERE id = 2 OR id >= 5"); };
  for (int i = 0; i < 100 && expired() > 0; ++i)
    media::delete_expired_uploads(world.database, world.store, 300s, now());
  CHECK(world.sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM media_uploads") == "1 3 4");
  CHECK(world.keys() == std::set<std::string>{"quarantine/1", "quarantine/3", "quarantine/4"});
  CHECK(media::delete_expired_uploads(world.database, world.store, 300s, now()) == 0);
}

TEST_CASE("an expired upload keeps its row while the store is away") {
  MediaWorkerFixture world;
  world.sql(
      "INSERT INTO media_uploads (id, kind, subject_id, content_type, created_at) VALUES (1, "
      "1, 1, 'image/png', now() - interval '1 day') RETURNING 1");
  world.store.fail_at(1);
  CHECK_THROWS_AS(media::delete_expired_uploads(world.database, world.store, 300s, now()), Error);
  CHECK(world.count("media_uploads") == 1);
  CHECK(media::delete_expired_uploads(world.database, world.store, 300s, now()) == 1);
}
