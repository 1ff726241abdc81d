// GET /v1/feed/stream: what open pages are told of images.
#include "stream_server.hpp"
#include "support/json.hpp"
#include "support/stored_images.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

std::string image_event(Id post, const std::string& image) {
  return "{\"id\":" + std::to_string(post) + ",\"image\":" + image + "}";
}

// The post with its image, in one transaction; the post.
Id post_with_image(const StreamServer& site, Id author) {
  const auto id = std::to_string(author);
  return std::stoll(site.fresh.execute(
      "WITH ids AS MATERIALIZED (SELECT feedctl_next_id() AS post, feedctl_next_id() AS media), "
      "made AS (INSERT INTO posts (id, author_id, shard, text, image_id) SELECT post, " +
      id + ", feedctl_shard(" + id +
      "), 'with an image', media FROM ids RETURNING id, shard), "
      "counted AS (INSERT INTO post_likes (post_id) SELECT id FROM made), "
      "image AS (INSERT INTO media (id, kind, subject_id, object_key, content_type, byte_count, "
      "width, height) SELECT media, 1, post, 'key', 'image/jpeg', 1000, 1600, 1200 FROM ids), "
      "event AS (INSERT INTO events (type, shard, actor, object) SELECT type, shard, " +
      id + ", id FROM made, (VALUES (5), (10)) e(type) ORDER BY type) SELECT id FROM made"));
}

}  // namespace

TEST_CASE("an open page is told of each change of an image as its feed shows it") {
  StreamServer site;
  site.follow(1, 2);
  const auto post = site.post(2), strange = site.post(3);
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  const auto told = [&](const std::string& image) {
    auto event = page.read_event();
    while (event.name == "post") event = page.read_event();  // it came late
    CHECK(event.name == "image");
    CHECK(event.data == image_event(post, image));
    CHECK_FALSE(event.id.empty());
    const auto feed = site.client.get("/v1/feed?limit=1", StreamServer::as_user(1)).body;
    CHECK(feed.find("\"image\":" + image) != std::string::npos);
  };
  support::set_image(site.fresh, strange);
  const auto image = support::set_image(site.fresh, post);
  told(support::new_image_json(image));
  support::finish_image(site.fresh, post);
  told(support::finished_image_json(image));
  support::remove_image(site.fresh, post);
  told("null");
}

TEST_CASE("a new post comes with its image, in one event") {
  StreamServer site;
  site.follow(1, 2);
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  const auto post = post_with_image(site, 2);
  const auto event = page.read_event();
  CHECK(event.name == "post");
  CHECK(event.post() == post);
  CHECK(event.data.find("\"state\":\"processing\"") != std::string::npos);
  const auto next = site.post(2);
  CHECK(page.read_event().post() == next);
}

TEST_CASE("a client that reconnects is told of the image as it is, and of none that is gone") {
  StreamServer site;
  site.follow(1, 2);
  const auto changed = site.post(2), deleted = site.post(2);
  std::string last;
  {
    StreamClient page(site.serve, 1);
    page.read_initial_position();
    const auto seen = site.post(2, "seen");
    while (page.read_event().post() != seen) {
    }
    last = page.last_event_id();
  }
  const auto image = support::set_image(site.fresh, changed);
  support::set_image(site.fresh, deleted);
  support::finish_image(site.fresh, changed);
  site.remove(2, deleted);
  const auto made = post_with_image(site, 2);
  const auto live = site.post(2, "live");
  StreamClient page(site.serve, 1, last);
  const auto now = image_event(changed, support::finished_image_json(image));
  for (int i = 0; i < 2; ++i) {
    const auto event = page.read_event();
    CHECK(event.name == "image");
    CHECK(event.data == now);
  }
  const auto gone = page.read_event();
  CHECK(gone.name == "delete");
  CHECK(gone.post() == deleted);
  for (const auto post : {made, live}) {
    const auto event = page.read_event();
    CHECK(event.name == "post");
    CHECK(event.post() == post);
  }
}
