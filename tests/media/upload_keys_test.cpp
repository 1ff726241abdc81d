// Uploads with an Idempotency-Key.
#include "media_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct Uploader {
  MediaFixture world;
  Id user = world.add_user("ann");
  Id post = world.add_post(user);
  std::string path = MediaFixture::image_path(post);

  Headers headers(const std::string& key) const {
    auto made = world.as(user);
    made.emplace_back("idempotency-key", key);
    return made;
  }
  Response send(const std::string& key, const std::string& image,
                const std::string& boundary = "a-boundary") const {
    return world.send_form(path, {image_field(image)}, headers(key), boundary);
  }
};

bool is_replay(const Response& response) {
  return header(response, "Idempotency-Replayed") == "true";
}

}  // namespace

TEST_CASE("an upload that comes again with its key stores nothing, whatever its boundary") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  auto& world = uploader.world;
  const auto image = png_image(8, 8);
  const auto first = uploader.send("k", image);
  const auto id = world.media_of(first);
  CHECK_FALSE(is_replay(first));
  const auto again = uploader.send("k", image, "another-boundary");
  CHECK(is_replay(again));
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(header(again, "Location") == media::link_of(id));
  CHECK_FALSE(header(again, "X-Feed-Token").empty());
  CHECK(world.store.puts == 1);
  CHECK(world.count("media") == 1);
  CHECK(world.events_of(uploader.post) == "10");
}

TEST_CASE("another file, type or post with the same key is refused") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  auto& world = uploader.world;
  const auto image = png_image(8, 8, 1);
  world.media_of(uploader.send("k", image));
  CHECK(uploader.send("k", png_image(8, 8, 2)).status == 422);
  CHECK(world.send_form(uploader.path, {image_field(image, "")}, uploader.headers("k")).status ==
        422);
  CHECK(world
            .upload(MediaFixture::image_path(world.add_post(uploader.user)), image,
                    uploader.headers("k"))
            .status == 422);
  CHECK(world.store.puts == 1);
}

TEST_CASE("a replay shows the image as it is now, also a removed one") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  auto& world = uploader.world;
  const auto image = png_image(8, 8);
  const auto id = world.media_of(uploader.send("k", image));
  world.sql("UPDATE media SET state = 2, blurhash = 'LEHV6n', thumbnails = '4'");
  CHECK(uploader.send("k", image).body.find(R"("state":"ready")") != std::string::npos);
  CHECK(world.server.del(uploader.path, uploader.headers("k2")).status == 204);
  const auto gone = uploader.send("k", image);
  CHECK(gone.status == 201);
  CHECK(gone.body == R"({"id":)" + std::to_string(id) + R"(,"deleted":true})");
  CHECK(is_replay(gone));
  CHECK(world.store.puts == 1);
}

TEST_CASE("a removal and its 404 are replayed") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  auto& world = uploader.world;
  world.media_of(uploader.send("k", png_image(8, 8)));
  const auto first = world.server.del(uploader.path, uploader.headers("k2"));
  CHECK(first.status == 204);
  const auto second = world.media_of(uploader.send("k3", png_image(8, 8)));
  CHECK(is_replay(world.server.del(uploader.path, uploader.headers("k2"))));
  CHECK(world.shown_image(uploader.post) == std::to_string(second));
  const auto missing = MediaFixture::image_path(4711);
  CHECK(world.server.del(missing, uploader.headers("k4")).status == 404);
  const auto again = world.server.del(missing, uploader.headers("k4"));
  CHECK(again.status == 404);
  CHECK(is_replay(again));
}

TEST_CASE("a refused upload leaves its key free") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  CHECK(uploader.send("k", "no image at all, but long enough to look").status == 415);
  uploader.world.media_of(uploader.send("k", png_image(8, 8)));
}

TEST_CASE("a malformed key is refused before the image is stored") {
  if (!images::ImageProcessor::is_available()) return;
  Uploader uploader;
  CHECK(uploader.send("a b", png_image(8, 8)).status == 400);
  CHECK(uploader.world.store.puts == 0);
}
