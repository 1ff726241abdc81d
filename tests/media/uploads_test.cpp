// Uploads, replacements and removals by the routes.
#include <algorithm>

#include "base/encoding.hpp"
#include "media_fixture.hpp"
#include "metrics/metrics.hpp"
#include "support/armed_failpoints.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

double uploads(const std::string& kind, const std::string& result) {
  double total = 0;
  for (const auto& sample : metrics::counter_samples("feedctl_media_uploads_total")) {
    if (sample.labels.at("kind") == kind && sample.labels.at("result") == result)
      total += sample.value;
  }
  return total;
}

}  // namespace

TEST_CASE("an image of a post is stored, shown and logged by one command") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto author = world.add_user("ann");
  const auto post = world.add_post(author);
  const auto counted = uploads("post_image", "stored");
  const auto made =
      world.upload(MediaFixture::image_path(post), png_image(40, 30), world.as(author));
  const auto id = std::to_string(world.media_of(made));
  CHECK(made.body == R"({"image":{"id":)" + id + R"(,"state":"processing","url":"/v1/media/)" + id +
                         R"(","width":40,"height":30,"blurhash":null,"thumbnails":[]}})");
  CHECK(header(made, "Location") == "/v1/media/" + id);
  CHECK_FALSE(header(made, "X-Feed-Token").empty());
  CHECK(world.shown_image(post) == id);
  CHECK(world.events_of(post) == "10");
  CHECK(world.sql("SELECT actor = " + std::to_string(author) +
                  " AND shard = feedctl_shard(actor) FROM events WHERE type = 10") == "t");
  CHECK(world.jobs() == "media.process " + id);
  CHECK(world.sql("SELECT lane FROM jobs") == "1");
  CHECK(world.changes == 1);
  CHECK(uploads("post_image", "stored") == counted + 1);
  const auto keys = world.store.keys();
  REQUIRE(keys.size() == 1);
  CHECK(*keys.begin() == world.sql("SELECT object_key FROM media"));
  CHECK(*keys.begin() == "posts/" + std::to_string(post) + "/" +
                             sha256_hex(world.store.bytes(*keys.begin())) + "-" + id + ".png");
  CHECK(world.store.type(*keys.begin()) == "image/png");
  CHECK(world.sql("SELECT byte_count FROM media") ==
        std::to_string(world.store.bytes(*keys.begin()).size()));
}

TEST_CASE("an avatar is that of the user, and at most 1024 pixels long") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto made =
      world.upload(MediaFixture::avatar_path(user), png_image(2000, 10), world.as(user));
  const auto id = world.media_of(made);
  CHECK(support::text_in(made, "avatar") == media::link_of(id));
  const auto image = json::parse(made.body);
  CHECK(support::integer_in(*image.find("image"), "width") == 1024);
  CHECK(world.sql("SELECT avatar_id FROM users WHERE id = " + std::to_string(user)) ==
        std::to_string(id));
  CHECK(world.events_of(user) == "11");
  CHECK(world.store.keys().begin()->rfind("users/" + std::to_string(user) + "/avatars/", 0) == 0);
}

TEST_CASE("every alias of the routes takes images") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = std::to_string(world.add_post(user));
  for (const auto& path : {"/v1/posts/" + post + "/image", "/posts/" + post + "/image/",
                           "/v1/feed/posts/" + post + "/image/"}) {
    INFO(path);
    CHECK(world.upload(path, png_image(4, 4), world.as(user)).status == 201);
    CHECK(world.server.get(path).status == 200);
    CHECK(world.server.del(path, world.as(user)).status == 204);
    CHECK(world.server.get(path).status == 404);
  }
  const auto path = "/users/" + std::to_string(user) + "/avatar";
  CHECK(world.upload(path, png_image(4, 4), world.as(user)).status == 201);
  CHECK(world.server.del(path, world.as(user)).status == 204);
}

TEST_CASE("a replaced image is removed by a job") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  const auto path = MediaFixture::image_path(post);
  const auto first = world.media_of(world.upload(path, png_image(4, 4, 1), world.as(user)));
  const auto second = world.media_of(world.upload(path, png_image(4, 4, 2), world.as(user)));
  CHECK(world.shown_image(post) == std::to_string(second));
  CHECK(world.sql("SELECT id FROM media WHERE removed_at IS NOT NULL") == std::to_string(first));
  CHECK(world.jobs() == "media.process " + std::to_string(first) + ", media.process " +
                            std::to_string(second) + ", media.remove " + std::to_string(first));
  CHECK(world.events_of(post) == "10 10");
  CHECK(world.server.get(media::link_of(first)).status == 404);
  CHECK(world.server.get(media::link_of(second)).status == 200);
  CHECK(world.store.keys().size() == 2);  // the job has not run
}

TEST_CASE("the same bytes twice are two objects") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::avatar_path(user);
  world.media_of(world.upload(path, png_image(4, 4), world.as(user)));
  world.media_of(world.upload(path, png_image(4, 4), world.as(user)));
  CHECK(world.store.keys().size() == 2);
}

TEST_CASE("removing an image is idempotent, and tells nobody where there is none") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  const auto path = MediaFixture::image_path(post);
  CHECK(world.server.del(path, world.as(user)).status == 204);
  CHECK(world.events_of(post).empty());
  const auto id = world.media_of(world.upload(path, png_image(4, 4), world.as(user)));
  const auto removed = world.server.del(path, world.as(user));
  CHECK(removed.status == 204);
  CHECK_FALSE(header(removed, "X-Feed-Token").empty());
  CHECK(world.server.del(path, world.as(user)).status == 204);
  CHECK(world.events_of(post) == "10 18");
  CHECK(world.shown_image(post).empty());
  CHECK(world.count("media WHERE removed_at IS NOT NULL") == 1);
  CHECK(world.count("jobs WHERE kind = 'media.remove' AND subject = " + std::to_string(id)) == 1);
  CHECK(world.changes == 2);
  const auto avatar = MediaFixture::avatar_path(user);
  world.media_of(world.upload(avatar, png_image(4, 4), world.as(user)));
  CHECK(world.server.del(avatar, world.as(user)).status == 204);
  CHECK(world.events_of(user) == "11 19");
}

TEST_CASE("what is no image, or not the declared one, is refused before anything is stored") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::image_path(world.add_post(user));
  const auto good = png_image(20, 20);
  struct Row {
    std::string bytes;
    std::string type;
    int status;
  };
  const Row rows[] = {
      {"<html></html>", "image/png", 415},
      {"GIF89a and more than that, as a header is longer", "image/gif", 415},
      {good, "image/jpeg", 415},
      {good, "text/plain", 415},
      {good.substr(0, good.size() / 2), "image/png", 422},
      {std::string(MediaFixture::max_bytes, 'x'), "image/png", 413},
      {good, "Image/PNG; charset=binary", 201},
      {good, "", 201},
  };
  for (const auto& row : rows) {
    INFO(row.bytes.substr(0, 20) << ' ' << row.type);
    const auto made = world.send_form(path, {image_field(row.bytes, row.type)}, world.as(user));
    INFO(made.body);
    CHECK(made.status == row.status);
  }
  CHECK(world.count("media") == 2);
  CHECK(world.store.puts == 2);
}

TEST_CASE("a form without the image, and a body that is no form, are refused") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::image_path(world.add_post(user));
  const auto made = world.send_form(path, {{"text", "hello"}}, world.as(user));
  CHECK(made.status == 400);
  CHECK(error_in(made).rfind("image is required", 0) == 0);
  CHECK(world
            .send_form(path, {image_field(png_image(4, 4)), image_field(png_image(4, 4))},
                       world.as(user))
            .status == 400);
  CHECK(world.server.post(path, "{}", world.as(user)).status == 415);
  CHECK(world.send_form(path, {image_field(png_image(4, 4)), {"user_id", "x"}}, {}).status == 400);
}

TEST_CASE("the form may name the actor where requests name it themselves") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::image_path(world.add_post(user));
  const auto other = std::to_string(world.add_user("ben"));
  const auto image = image_field(png_image(4, 4));
  CHECK(world.send_form(path, {image, {"user_id", other}}, {}).status == 403);
  CHECK(world.send_form(path, {image, {"user_id", std::to_string(user)}}, {}).status == 201);
}

TEST_CASE("only the author, the user and admins change an image") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world(auth::Mode::required);
  const auto author = world.add_user("ann");
  const auto other = world.add_user("ben");
  const auto admin = world.add_user("root", users::Role::admin);
  const auto post = world.add_post(author);
  const auto image = png_image(4, 4);
  for (const auto& path : {MediaFixture::image_path(post), MediaFixture::avatar_path(author)}) {
    INFO(path);
    CHECK(world.upload(path, image, {}).status == 401);
    CHECK(world.upload(path, image, world.token_of(other)).status == 403);
    CHECK(world.server.del(path, world.token_of(other)).status == 403);
    CHECK(world.store.puts == 0);
    CHECK(world.upload(path, image, world.token_of(author)).status == 201);
    CHECK(world.server.del(path, world.token_of(author)).status == 204);
    CHECK(world.upload(path, image, world.token_of(admin)).status == 201);
    CHECK(world.server.del(path, world.token_of(admin)).status == 204);
    world.store.puts = 0;
  }
}

TEST_CASE("an admin's change of another's image is audited, and no other change is") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world(auth::Mode::required);
  const auto author = world.add_user("ann");
  const auto admin = world.add_user("root", users::Role::admin);
  const auto post = world.add_post(author);
  const auto own = world.add_post(admin);
  const auto path = MediaFixture::image_path(post);
  const auto first = world.media_of(world.upload(path, png_image(4, 4), world.token_of(author)));
  world.media_of(
      world.upload(MediaFixture::image_path(own), png_image(4, 4), world.token_of(admin)));
  CHECK(world.count("audit_log") == 0);
  const auto second = world.media_of(world.upload(path, png_image(4, 4), world.token_of(admin)));
  CHECK(world.server.del(path, world.token_of(admin)).status == 204);
  CHECK(world.server.del(path, world.token_of(admin)).status == 204);
  const auto object = "post:" + std::to_string(post);
  const auto one = std::to_string(first), two = std::to_string(second);
  CHECK(world.sql("SELECT string_agg(concat_ws(' ', actor_name, action, object, before, after), "
                  "E'\\n' ORDER BY id) FROM audit_log") ==
        "root post.image_upload " + object + R"( {"media": )" + one + R"(} {"media": )" + two +
            "}\nroot post.image_delete " + object + R"( {"media": )" + two +
            R"(} {"media": null})");
}

TEST_CASE("a suspended or unknown actor changes nothing, and what nobody sees is not found") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto author = world.add_user("ann");
  const auto post = world.add_post(author);
  const auto path = MediaFixture::image_path(post);
  const auto image = png_image(4, 4);
  CHECK(world.upload(path, image, world.as(4711)).status == 404);
  CHECK(world.upload(MediaFixture::image_path(4711), image, world.as(author)).status == 404);
  CHECK(world.server.del(MediaFixture::image_path(4711), world.as(author)).status == 404);
  CHECK(world.upload(MediaFixture::avatar_path(4711), image, world.as(4711)).status == 404);
  support::suspend(world.database, author);
  for (const auto& target : {path, MediaFixture::avatar_path(author)}) {
    CHECK(error_in(world.upload(target, image, world.as(author))) ==
          "the account of user " + std::to_string(author) + " is suspended");
    CHECK(world.server.del(target, world.as(author)).status == 403);
  }
  support::reinstate(world.database, author);
  commands::Command command;
  world.posts.remove(post, author, false, command);
  CHECK(error_in(world.upload(path, image, world.as(author))) ==
        "Post with id " + std::to_string(post) + " not found");
  CHECK(world.store.puts == 0);
}

TEST_CASE("without a store uploads and links are 503 that say what to set, and removals work") {
  MediaFixture world(auth::Mode::open, false);
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  const auto path = MediaFixture::image_path(post);
  const auto refused = world.upload(path, png_image(4, 4), world.as(user));
  CHECK(refused.status == 503);
  CHECK(error_in(refused).find("media.directory") != std::string::npos);
  CHECK(world.server.get("/v1/media/1").status == 503);
  CHECK(world.server.get("/v1/media/1/320").status == 503);
  CHECK(world.server
            .post("/v1/media/uploads", R"({"kind":"avatar","content_type":"image/png"})",
                  world.as(user))
            .status == 503);
  CHECK(world.server.del(path, world.as(user)).status == 204);
}

TEST_CASE("a store that is down is 503, and leaves no row") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::avatar_path(user);
  world.store.is_down = true;
  CHECK(world.upload(path, png_image(4, 4), world.as(user)).status == 503);
  CHECK(world.count("media") == 0);
  world.store.is_down = false;
  CHECK(world.upload(path, png_image(4, 4), world.as(user)).status == 201);
}

TEST_CASE("a failure before the commit leaves no row, and one after it leaves all") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto path = MediaFixture::avatar_path(user);
  const auto image = png_image(4, 4);
  support::ArmedFailpoints points("media.put.before=error");
  CHECK(world.upload(path, image, world.as(user)).status == 503);
  CHECK(world.store.puts == 0);
  points.replace("media.put.after=error");
  CHECK(world.upload(path, image, world.as(user)).status == 503);
  CHECK(world.store.puts == 1);
  CHECK(world.count("media") == 0);
  CHECK(world.count("jobs") == 0);
  points.replace("media.commit.after=error");
  CHECK(world.upload(path, image, world.as(user)).status == 503);
  CHECK(world.count("media") == 1);
  CHECK(world.count("jobs") == 1);
  CHECK(world.events_of(user) == "11");
}
