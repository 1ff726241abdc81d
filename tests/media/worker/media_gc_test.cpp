// Garbage collection of the store: what goes, what stays, and that it may stop anywhere.
#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "media_worker_fixture.hpp"
#include "support/armed_failpoints.hpp"
#include "support/database_options.hpp"
#include "support/error_code.hpp"
#include "support/own_postgres.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct GcFixture : MediaWorkerFixture {
  Id author = add_user("ann");
  Id post = add_post(author);

  // An object that an upload left before it wrote the row.
  std::string put_unreferenced(const media::Subject& subject, Id media = 4711) {
    const auto key = media::object_key(subject, std::string(64, 'b'), media, images::Format::jpeg);
    put(key, "an image without a row");
    return key;
  }
  void add_upload(Id id, int state) {
    sql("INSERT INTO media_uploads (id, kind, owner_id, subject_id, content_type, state) VALUES (" +
        std::to_string(id) + ", 1, " + std::to_string(author) + ", " + std::to_string(post) +
        ", 'image/jpeg', " + std::to_string(state) + ") RETURNING 1");
    put(media::quarantine_key(id), "an upload");
  }
};

}  // namespace

TEST_CASE("objects without a row go once they are older than the grace time") {
  GcFixture world;
  const auto image = world.upload_image(world.post);
  world.upload_avatar(world.author);
  world.run_jobs();
  const auto live = world.keys();
  world.put_unreferenced({media::Kind::post_image, world.post});
  world.put_unreferenced({media::Kind::avatar, world.author});
  world.put(media::thumbnail_key(world.key_of(image), 9999), "of a width of long ago");
  CHECK(world.collect().unreferenced == 0);
  CHECK(world.keys().size() == live.size() + 3);
  SECTION("a dry run only counts") {
    media::GcOptions options;
    options.dry_run = true;
    const auto report = world.collect_later(options);
    CHECK(report.unreferenced == 3);
    CHECK(report.objects == static_cast<std::int64_t>(live.size()) + 3);
    CHECK(report.bytes > 0);
    CHECK(world.keys().size() == live.size() + 3);
    CHECK(world.count("media_scans WHERE finished_at IS NULL") == 0);
  }
  SECTION("else they are removed, and a second run finds nothing") {
    std::vector<std::string> removed;
    media::GcOptions options;
    options.on_remove = [&](const std::string& what) { removed.push_back(what); };
    CHECK(world.collect_later(options).unreferenced == 3);
    CHECK(removed.size() == 3);
    CHECK(world.keys() == live);
    const auto again = world.collect_later();
    CHECK(again.unreferenced == 0);
    CHECK(again.objects == static_cast<std::int64_t>(live.size()));
    CHECK(world.findings() == "");
  }
}

TEST_CASE("a store that seems to be another database's is left alone without force") {
  GcFixture world;
  for (Id media = 1; media <= 120; ++media)
    world.put_unreferenced({media::Kind::post_image, world.post}, media);
  try {
    world.collect_later({});
    FAIL("it was collected");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::failed);
    CHECK(error.hint().find("--force") != std::string::npos);
  }
  CHECK(world.keys().size() == 120);
  media::GcOptions options;
  options.dry_run = true;
  CHECK(world.collect_later(options).unreferenced == 120);
  options.dry_run = false;
  options.force = true;
  CHECK(world.collect_later(options).unreferenced == 120);
  CHECK(world.keys().empty());
}

TEST_CASE("an image that waits for its thumbnails keeps those that are stored already") {
  GcFixture world;
  const auto image = world.upload_image(world.post);
  world.put(media::thumbnail_key(world.key_of(image), 320), "of a job that was killed");
  CHECK(world.collect_later().unreferenced == 0);
  CHECK(world.keys().size() == 2);
}

TEST_CASE("removed media whose job was lost goes; one that has a job is left to it") {
  GcFixture world;
  const auto lost = world.upload_image(world.post);
  const auto with_job = world.upload_image(world.post);
  const auto shown = world.upload_image(world.post);
  world.sql("DELETE FROM jobs WHERE kind = 'media.remove' AND subject = " + std::to_string(lost) +
            " RETURNING 1");
  media::GcOptions dry;
  dry.dry_run = true;
  CHECK(world.collect(dry).media == 1);
  CHECK(world.count("media") == 3);
  CHECK(world.collect().media == 1);
  CHECK(world.count("media") == 2);
  CHECK(world.keys() == std::set{world.key_of(with_job), world.key_of(shown)});
  world.run_jobs();
  CHECK(world.count("media") == 1);
  CHECK(world.findings() == "");
}

TEST_CASE("quarantined objects stay while their upload is open, and foreign ones always") {
  GcFixture world;
  world.add_upload(1, 1);
  world.add_upload(2, 2);
  world.add_upload(3, 3);
  world.add_upload(4, 4);
  world.put(media::quarantine_key(5), "an upload that expired");
  world.put("posts/7/cat.jpg", "of somebody else");
  world.put("other/file.bin", "of somebody else");
  const auto report = world.collect_later();
  CHECK(report.quarantined == 3);
  CHECK(report.foreign == 1);
  CHECK(world.keys() ==
        std::set<std::string>{"other/file.bin", "posts/7/cat.jpg", "quarantine/1", "quarantine/2"});
}

TEST_CASE("a run that is stopped resumes behind the last page") {
  GcFixture world;
  constexpr int count = 1200;
  for (int i = 1; i <= count; ++i) {
    const auto key = media::object_key({media::Kind::post_image, 7}, std::string(64, 'c'), i,
                                       images::Format::jpeg);
    const auto path = world.folder.path() / key;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "an image";
  }
  int removed = 0;
  media::GcOptions options;
  options.force = true;  // none has a row
  options.on_remove = [&](const std::string&) { ++removed; };
  options.should_stop = [&] { return removed == 700; };
  CHECK(world.collect_later(options).stopped);
  CHECK(removed == 700);
  CHECK(world.count("media_scans WHERE cursor LIKE 'posts:%' AND finished_at IS NULL") == 1);
  options.should_stop = {};
  options.resume = true;
  const auto rest = world.collect_later(options);
  CHECK_FALSE(rest.stopped);
  CHECK(rest.objects == count - 700);
  CHECK(removed == count);
  CHECK(world.keys().empty());
  CHECK(support::error_code_of([&] { world.collect(options); }) == ErrorCode::failed);
}

TEST_CASE("a database that has become a standby, which may lack rows, has no object removed") {
  support::PrivatePostgres postgres;
  auto database_options = support::long_timeouts();
  database_options.url = Secret<std::string>(postgres.url());
  store::Database database(database_options);
  const support::TempFolder folder;
  blob::DirectoryStore store((folder.path() / "store").string());
  const auto key = media::object_key({media::Kind::post_image, 7}, std::string(64, 'b'), 4711,
                                     images::Format::jpeg);
  std::ofstream(folder.path() / "source") << "an image";
  const UniqueFd source(::open((folder.path() / "source").c_str(), O_RDONLY | O_CLOEXEC));
  const auto soon = Deadline::after(std::chrono::minutes{5});
  store.put(key, {source.get(), 0, 8}, "image/jpeg", soon);
  media::GcOptions options;
  options.now = now() + std::chrono::hours{48};
  bool is_standby = false;
  options.on_phase = [&](const std::string&) {
    if (!std::exchange(is_standby, true)) postgres.make_standby();
  };
  CHECK(support::error_code_of([&] { media::collect_garbage(database, store, options); }) ==
        ErrorCode::unavailable);
  CHECK(store.head(key, soon));
}

TEST_CASE("one collection runs at a time") {
  GcFixture world;
  std::optional<ErrorCode> second;
  media::GcOptions options;
  options.on_phase = [&](const std::string&) {
    second = support::error_code_of([&] { world.collect(); });
  };
  world.collect(options);
  CHECK(second == ErrorCode::lock_held);
  for (int i = 0; i < 20; ++i) CHECK_NOTHROW(world.collect());
}

TEST_CASE("a store that fails at any call stops the collection, and the next one ends it") {
  GcFixture world;
  world.upload_image(world.post);
  world.run_jobs();
  int call = 1;
  for (bool has_failed = true; has_failed; ++call) {
    world.put_unreferenced({media::Kind::post_image, world.post});
    world.put_unreferenced({media::Kind::avatar, world.author});
    world.put(media::quarantine_key(5), "an upload that expired");
    world.upload_image(world.post, "image " + std::to_string(call));
    world.run_due_jobs(jobs::Priority::bulk);
    world.sql("DELETE FROM jobs RETURNING 1");  // the removal of the one before is lost
    world.store.fail_at(call);
    const auto code = support::error_code_of([&] { world.collect_later(); });
    has_failed = world.store.has_failed();
    CHECK((code == ErrorCode::unavailable) == has_failed);
    world.store.fail_at(0);
    world.collect_later();
    CHECK(world.keys().size() == 3);
    CHECK(world.count("media") == 1);
    CHECK(world.findings() == "");
  }
  CHECK(call > 8);
}

#ifdef FEEDCTL_FAILPOINTS
TEST_CASE(
    "whatever fails between two steps, jobs or a collection leave rows and objects that fit") {
  GcFixture world;
  const auto point =
      GENERATE(as<std::string>{}, "media.process.put", "media.remove.object", "media.remove.row");
  const int hit = GENERATE(1, 2, 3);
  const bool are_jobs_lost = GENERATE(false, true);
  INFO(point << ' ' << hit << ' ' << are_jobs_lost);
  {
    const support::ArmedFailpoints armed(point + "=error@" + std::to_string(hit));
    const auto replaced = world.upload_image(world.post);
    world.run_due_jobs(jobs::Priority::bulk);
    world.upload_image(world.post, "another image");
    world.run_due_jobs(jobs::Priority::bulk);
    world.run_due_jobs(jobs::Priority::low);
    CHECK(armed.hits(point) > 0);
    CHECK(replaced > 0);
  }
  if (are_jobs_lost)
    world.sql("WITH gone AS (DELETE FROM jobs) SELECT 1");
  else
    world.run_jobs();
  world.collect_later();
  if (are_jobs_lost) {
    media::VerifyOptions repair;
    repair.repair = true;
    CHECK(world.verify(repair).remaining_drift() == 0);
    world.run_jobs();
  }
  CHECK(world.count("media") == 1);
  CHECK(world.keys().size() == 3);
  CHECK(world.findings() == "");
  CHECK(world.collect_later().unreferenced == 0);
}
#endif
