// Which images are shown, to whom, and how.
#include "media_fixture.hpp"
#include "support/hidden_posts.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

// A user with an avatar and a post with an image.
struct Gallery {
  MediaFixture world;
  Id user = world.add_user("ann");
  Id post = world.add_post(user);
  std::string image = upload(MediaFixture::image_path(post));
  std::string avatar = upload(MediaFixture::avatar_path(user));

  std::string upload(const std::string& path) {
    return media::link_of(world.media_of(world.upload(path, png_image(40, 30), world.as(user))));
  }
  int status(const std::string& path) const { return world.server.get(path).status; }
  // "image avatar image-of-post avatar-of-user": what is shown now.
  std::string shown() const {
    std::string out;
    for (const auto& path :
         {image, avatar, MediaFixture::image_path(post), MediaFixture::avatar_path(user)})
      out += (out.empty() ? "" : " ") + std::to_string(status(path));
    return out;
  }
};

}  // namespace

TEST_CASE("an image is shown where its post is, and an avatar where its user is") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  CHECK(gallery.shown() == "200 200 200 200");
  support::hide(world.database, gallery.post);
  CHECK(gallery.shown() == "404 200 404 200");
  support::unhide(world.database, gallery.post);
  CHECK(gallery.shown() == "200 200 200 200");
  support::suspend(world.database, gallery.user);
  CHECK(gallery.shown() == "404 404 404 404");
  support::reinstate(world.database, gallery.user);
  CHECK(gallery.shown() == "200 200 200 200");
  commands::Command command;
  world.posts.remove(gallery.post, gallery.user, false, command);
  CHECK(gallery.shown() == "404 200 404 200");
  world.users.delete_account(gallery.user, command);
  CHECK(gallery.shown() == "404 404 404 404");
}

TEST_CASE("a removed image is not found, and its post says so") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  CHECK(world.server.del(MediaFixture::image_path(gallery.post), world.as(gallery.user)).status ==
        204);
  CHECK(world.server.del(MediaFixture::avatar_path(gallery.user), world.as(gallery.user)).status ==
        204);
  CHECK(gallery.shown() == "404 404 404 404");
  CHECK(error_in(world.server.get(MediaFixture::image_path(gallery.post))) ==
        "Post with id " + std::to_string(gallery.post) + " has no image");
  CHECK(error_in(world.server.get(MediaFixture::avatar_path(gallery.user))) ==
        "User with id " + std::to_string(gallery.user) + " has no avatar");
}

TEST_CASE("a post of nobody may have an image, where requests name no actor") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto path = MediaFixture::image_path(world.add_post(std::nullopt));
  const auto id = world.media_of(world.upload(path, png_image(4, 4), {}));
  CHECK(world.server.get(media::link_of(id)).status == 200);
  CHECK(world.sql("SELECT owner_id IS NULL FROM media") == "t");
}

TEST_CASE("what is no id or no thumbnail of the image is not found") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  for (const auto* path :
       {"/v1/media/4711", "/v1/media/abc", "/v1/media/0", "/v1/media/-1", "/v1/media/uploads"}) {
    INFO(path);
    CHECK(gallery.status(path) == 404);
  }
  CHECK(gallery.status(gallery.image + "/320") == 404);
  world.sql("UPDATE media SET thumbnails = '20,30' WHERE kind = 1");
  const auto key = world.sql("SELECT object_key FROM media WHERE kind = 1");
  world.store.add(media::thumbnail_key(key, 20), "a thumbnail");
  const auto shown = world.server.get(gallery.image + "/20");
  CHECK(shown.status == 200);
  CHECK(body_of(shown) == "a thumbnail");
  CHECK(shown.content_type == "image/webp");
  CHECK(header(shown, "Content-Disposition").find("-20.webp\"") != std::string::npos);
  CHECK(gallery.status(gallery.image + "/30") == 404);  // its object is not there
  for (const auto* width : {"/21", "/0", "/020", "/x", "/99999999999", "/4294967316"}) {
    INFO(width);
    CHECK(gallery.status(gallery.image + width) == 404);
  }
}

TEST_CASE("an image is sent with its own type, and nothing in it can run") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  const auto shown = world.server.get(gallery.image);
  CHECK(shown.content_type == "image/png");
  CHECK(body_of(shown) ==
        world.store.bytes(world.sql("SELECT object_key FROM media WHERE kind = 1")));
  CHECK(header(shown, "Content-Security-Policy") == "default-src 'none'; sandbox");
  CHECK(header(shown, "Cache-Control") == "private, max-age=300");
  CHECK(header(shown, "Cross-Origin-Resource-Policy") == "cross-origin");
  const auto id = gallery.image.substr(gallery.image.rfind('/') + 1);
  CHECK(header(shown, "Content-Disposition") == "inline; filename=\"" + id + ".png\"");
}

TEST_CASE("an image is sent in ranges, and not at all to a client that has it") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  const auto whole = world.server.get(gallery.image);
  const auto etag = header(whole, "ETag");
  CHECK(world.server.get(gallery.image, {{"if-none-match", etag}}).status == 304);
  const auto part = world.server.get(gallery.image, {{"range", "bytes=2-5"}, {"if-range", etag}});
  CHECK(part.status == 206);
  CHECK(body_of(part) == body_of(whole).substr(2, 4));
  CHECK(world.server.get(gallery.image, {{"range", "bytes=2-5"}, {"if-range", "\"x\""}}).status ==
        200);
  support::hide(world.database, gallery.post);
  CHECK(world.server.get(gallery.image, {{"if-none-match", etag}}).status == 404);
}

TEST_CASE("a store with links sends clients there, for less long than the link lives") {
  if (!images::ImageProcessor::is_available()) return;
  Gallery gallery;
  auto& world = gallery.world;
  const auto plain = world.server.get(MediaFixture::image_path(gallery.post));
  CHECK(plain.body.find(R"("link":{"url":")" + gallery.image + R"(","expires_at":null})") !=
        std::string::npos);
  world.store.has_links = true;
  const auto key = world.sql("SELECT object_key FROM media WHERE kind = 1");
  const auto link = "https://store.test/" + key + "?ttl=300";
  const auto moved = world.server.get(gallery.image);
  CHECK(moved.status == 302);
  CHECK(header(moved, "Location") == link);
  CHECK(header(moved, "Cache-Control") == "private, max-age=240");
  CHECK(moved.body.empty());
  const auto described = json::parse(world.server.get(MediaFixture::image_path(gallery.post)).body);
  CHECK(support::text_in(*described.find("link"), "url") == link);
  CHECK(parse_rfc3339(support::text_in(*described.find("link"), "expires_at")) > now());
  support::hide(world.database, gallery.post);
  CHECK(gallery.status(gallery.image) == 404);
}
