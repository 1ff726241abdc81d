#pragma once
// Media as a worker sees it: a database, a store in a temporary folder, images that were uploaded,
// and the jobs of media with thumbnails that are no images.
#include <set>
#include <string>
#include <vector>

#include "blob/directory_store.hpp"
#include "faulty_store.hpp"
#include "jobs/runner_state.hpp"
#include "media/media_gc.hpp"
#include "media/media_jobs.hpp"
#include "media/media_verify.hpp"
#include "media/object_keys.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/keyless_posts.hpp"
#include "support/temp_folder.hpp"
#include "users/users.hpp"

namespace feedctl::test {

class MediaWorkerFixture {
 public:
  MediaWorkerFixture();

  Id add_user(const std::string& handle) { return users.create({handle}).id; }
  Id add_post(Id author) { return posts.create(author, "text").id; }
  // As an upload: the object, then the row with its event and job. Returns the media.
  Id upload(const media::Subject& subject, const std::string& bytes);
  Id upload_image(Id post, const std::string& bytes = "an image") {
    return upload({media::Kind::post_image, post}, bytes);
  }
  Id upload_avatar(Id user, const std::string& bytes = "an avatar") {
    return upload({media::Kind::avatar, user}, bytes);
  }
  // As the owner's DELETE of the image.
  void remove_image(Id post, Id author);
  // Makes `key` from `bytes`.
  void put(const std::string& key, const std::string& bytes);

  // Runs all jobs of the priority that are due, or all jobs until none is left: what failed becomes
  // due at once.
  void run_due_jobs(jobs::Priority priority);
  void run_jobs();
  // Runs the removal of media for all events of the log so far, as one batch.
  void handle_events();

  media::GcReport collect(media::GcOptions options = {});
  // As if it were two days later.
  media::GcReport collect_later(media::GcOptions options = {});
  media::VerifyReport verify(media::VerifyOptions options = {});
  // "thumbnails in the store 1/1": drift and repairs of the checks that found some.
  std::string findings(media::VerifyOptions options = {});

  std::set<std::string> keys();
  std::string key_of(Id media) const;
  std::string sql(const std::string& text) const { return fresh.execute(text); }
  std::int64_t count(const std::string& from) const {
    return std::stoll(sql("SELECT count(*) FROM " + from));
  }
  std::string state_of(Id media) const {
    return sql("SELECT state FROM media WHERE id = " + std::to_string(media));
  }

  support::FreshDatabase fresh;
  support::TempFolder folder;
  store::Database database;
  blob::DirectoryStore directory{folder.path().string()};
  FaultyStore store{directory};
  users::Users users{database};
  support::KeylessPosts posts{database, {}};
  // What makes the thumbnails; by default of the widths 320 and 640.
  media::MakeThumbnails make_thumbnails;
  jobs::HandlerRegistry handlers;
};

// In memory.
images::Image make_thumbnail(std::uint32_t width);

}  // namespace feedctl::test
