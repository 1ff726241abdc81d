// The jobs of media: thumbnails and removal, with failures at every call of the store.
#include "media/object_names.hpp"
#include "media_worker_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct JobsFixture : MediaWorkerFixture {
  Id author = add_user("ann");
  Id post = add_post(author);

  std::set<std::string> keys_of_ready(Id media) const {
    const auto key = key_of(media);
    return {key, media::thumbnail_key(key, 320), media::thumbnail_key(key, 640)};
  }
  std::string events_of_processing() const {
    return sql(
        "SELECT coalesce(string_agg(actor || ' ' || object || ' ' || shard, ', '), '') FROM events "
        "WHERE type = 20");
  }
};

}  // namespace

TEST_CASE("the job stores the thumbnails, then the image is ready and readers are told") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  const auto avatar = world.upload_avatar(world.author);
  world.run_jobs();
  CHECK(world.sql("SELECT string_agg(state || thumbnails || blurhash, ' ') FROM media") ==
        "2320,640LEHV6nWB 2320,640LEHV6nWB");
  CHECK(world.events_of_processing() == std::to_string(world.author) + ' ' +
                                            std::to_string(world.post) + ' ' +
                                            std::to_string(shard_of(world.author)));
  auto expected = world.keys_of_ready(image);
  expected.merge(world.keys_of_ready(avatar));
  CHECK(world.keys() == expected);
  CHECK(world.findings() == "");
}

TEST_CASE("an image that cannot be decoded has failed, and stays visible") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  const auto code = GENERATE(ErrorCode::unprocessable, ErrorCode::unsupported_media);
  world.make_thumbnails = [code](const FileSlice&, std::span<const std::uint32_t>,
                                 Deadline) -> images::Thumbnails {
    throw Error(code, "the image is damaged");
  };
  world.run_jobs();
  CHECK(world.state_of(image) == "3");
  CHECK(world.count("dead_events") == 0);
  CHECK(world.keys() == std::set{world.key_of(image)});
  CHECK(world.events_of_processing() != "");
  CHECK(world.findings() == "");
}

TEST_CASE("a store that fails at any call delays thumbnails and removals, and counts no attempt") {
  JobsFixture world;
  int call = 1;
  for (bool has_failed = true; has_failed; ++call) {
    const auto image = world.upload_image(world.post, "image " + std::to_string(call));
    world.store.fail_at(call);  // of its thumbnails and of the removal of the one before
    world.run_jobs();
    has_failed = world.store.has_failed();
    world.store.fail_at(0);
    CHECK(world.state_of(image) == "2");
    CHECK(world.keys() == world.keys_of_ready(image));
  }
  CHECK(call > 5);
  CHECK(world.count("dead_events") == 0);
  CHECK(world.count("media") == 1);
  CHECK(world.findings() == "");
}

TEST_CASE("an image whose object is lost becomes a dead letter") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  world.directory.remove(world.key_of(image), Deadline::after(std::chrono::minutes{5}));
  world.run_jobs();
  CHECK(world.sql("SELECT kind FROM dead_events") == "media.process");
  CHECK(world.sql("SELECT error FROM dead_events").find("media verify") != std::string::npos);
  CHECK(world.state_of(image) == "1");
}

TEST_CASE("an image that is removed while its thumbnails are made leaves no object") {
  JobsFixture world;
  world.upload_image(world.post);
  const auto make = world.make_thumbnails;
  SECTION("its row is marked") {
    world.make_thumbnails = [&](const FileSlice& image, std::span<const std::uint32_t> widths,
                                Deadline deadline) {
      world.remove_image(world.post, world.author);
      return make(image, widths, deadline);
    };
  }
  SECTION("its row is gone") {
    world.make_thumbnails = [&](const FileSlice& image, std::span<const std::uint32_t> widths,
                                Deadline deadline) {
      world.remove_image(world.post, world.author);
      world.run_due_jobs(jobs::Priority::low);
      CHECK(world.count("media") == 0);
      return make(image, widths, deadline);
    };
  }
  world.run_jobs();
  CHECK(world.keys().empty());
  CHECK(world.count("media") == 0);
  CHECK(world.events_of_processing() == "");
}

TEST_CASE("jobs of media that is gone, shown or processed change nothing") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  world.run_jobs();
  const auto before = world.keys();
  for (const auto subject : {image, Id{4711}}) {
    for (const auto* kind : {media::process_kind, media::remove_kind}) {
      world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('" + std::string(kind) + "', 1, " +
                std::to_string(subject) + ") RETURNING 1");
    }
  }
  world.run_jobs();
  CHECK(world.keys() == before);
  CHECK(world.state_of(image) == "2");
  CHECK(world.count("dead_events") == 0);
}

TEST_CASE("a removal takes all objects of its media, and none of one whose id begins alike") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  world.run_jobs();
  const auto key = world.key_of(image);
  const auto stem = media::parse_object_key(key)->stem;
  world.put(media::thumbnail_key(key, 9999), "of other widths");
  world.put(stem + "7.jpg", "another image");
  world.put(stem + "7-320.webp", "its thumbnail");
  world.remove_image(world.post, world.author);
  world.run_jobs();
  CHECK(world.keys() == std::set{stem + "7.jpg", stem + "7-320.webp"});
  CHECK(world.count("media") == 0);
}

TEST_CASE("the transaction of a job may idle while an image is decoded") {
  JobsFixture world;
  const auto image = world.upload_image(world.post);
  events::UnitOfWork unit(world.database.write());
  jobs::Job job;
  job.subject = image;
  world.handlers.at(media::process_kind)(unit, job);
  const store::Query setting{"test.idle",
                             "SELECT current_setting('idle_in_transaction_session_timeout')"};
  CHECK(unit.tx().query(setting).single_row().text(0) == "1min");
}

TEST_CASE("names of objects are read back from their keys") {
  const std::string digest(64, 'a');
  const media::Subject subject{media::Kind::avatar, 7};
  const auto key = media::object_key(subject, digest, 12, images::Format::png);
  const auto image = media::parse_object_key(key);
  REQUIRE(image);
  CHECK(image->media == 12);
  CHECK(image->sha256 == digest);
  CHECK_FALSE(image->width);
  const auto thumbnail = media::parse_object_key(media::thumbnail_key(key, 640));
  REQUIRE(thumbnail);
  CHECK(thumbnail->stem == image->stem);
  CHECK(thumbnail->width == 640u);
  for (const std::string& other :
       {std::string("posts/7/cat.jpg"), "posts/7/" + digest + "-.jpg",
        "posts/7/" + digest + "-012.jpg", "posts/7/" + digest + "-12-x.webp",
        "posts/7/" + digest + "-12-320.jpg", digest + "-12.jpg", "posts/7/" + digest + "-12",
        std::string("posts/" + std::string(64, 'A') + "-12.jpg")}) {
    INFO(other);
    CHECK_FALSE(media::parse_object_key(other));
  }
  CHECK(media::parse_quarantine_key(media::quarantine_key(12)) == Id{12});
  CHECK_FALSE(media::parse_quarantine_key("quarantine/x"));
  CHECK(media::parse_widths(media::to_widths({320, 640})) == std::vector<std::uint32_t>{320, 640});
  CHECK(media::parse_widths("").empty());
  for (const auto* text : {",", "320,", ",320", "320,x", "0", "-1", "99999999999"})
    CHECK_THROWS_AS(media::parse_widths(text), Error);
}
