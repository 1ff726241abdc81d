#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "media_fixture.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

// Sends each image at once, on a thread of its own.
std::vector<Response> upload_at_once(const MediaFixture& world, const std::string& path,
                                     const std::vector<std::string>& images,
                                     const Headers& headers) {
  std::vector<Response> responses(images.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < images.size(); ++i)
    threads.emplace_back([&, i] { responses[i] = world.upload(path, images[i], headers); });
  for (auto& thread : threads) thread.join();
  return responses;
}

}  // namespace

TEST_CASE("of uploads at once one is shown, and a job removes each other one") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  for (const auto& path : {MediaFixture::image_path(post), MediaFixture::avatar_path(user)}) {
    INFO(path);
    world.sql("DELETE FROM media");
    world.sql("DELETE FROM jobs");
    std::set<Id> stored;
    for (const auto& made : upload_at_once(
             world, path,
             {png_image(8, 8, 1), png_image(8, 8, 2), png_image(8, 8, 3), png_image(8, 8, 4)},
             world.as(user)))
      stored.insert(world.media_of(made));
    CHECK(stored.size() == 4);
    CHECK(world.count("media WHERE removed_at IS NULL") == 1);
    CHECK(world.count("media m WHERE removed_at IS NULL AND (EXISTS (SELECT FROM posts WHERE "
                      "image_id = m.id) OR EXISTS (SELECT FROM users WHERE avatar_id = m.id))") ==
          1);
    CHECK(world.count("media m WHERE removed_at IS NOT NULL AND EXISTS (SELECT FROM jobs j WHERE "
                      "j.kind = 'media.remove' AND j.subject = m.id)") == 3);
    CHECK(world.count("jobs WHERE kind = 'media.remove'") == 3);
  }
}

TEST_CASE("an upload that waits for another one's commit replaces it") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  const auto path = MediaFixture::image_path(post);
  auto tx = world.database.write();
  static constexpr store::Query lock{"test/lock", "SELECT FROM posts WHERE id = $1 FOR UPDATE"};
  tx.query(lock, store::params(post));
  std::vector<Response> responses;
  std::thread uploads([&] {
    responses =
        upload_at_once(world, path, {png_image(8, 8, 1), png_image(8, 8, 2)}, world.as(user));
  });
  CHECK(support::eventually([&] {
    return world.count(
               "pg_stat_activity WHERE datname = current_database() AND "
               "wait_event_type = 'Lock'") == 2;
  }));
  tx.commit();
  uploads.join();
  for (const auto& made : responses) CHECK(made.status == 201);
  CHECK(world.count("media WHERE removed_at IS NULL") == 1);
  CHECK(world.count("media WHERE removed_at IS NOT NULL") == 1);
  CHECK(world.count("jobs WHERE kind = 'media.remove'") == 1);
}

TEST_CASE("an upload whose post is deleted meanwhile stores no row and no object") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  auto tx = world.database.write();
  static constexpr store::Query remove{
      "test/remove", "UPDATE posts SET deleted_at = now(), text = '' WHERE id = $1"};
  tx.query(remove, store::params(post));
  Response response;
  std::thread upload([&] {
    response = world.upload(MediaFixture::image_path(post), png_image(8, 8), world.as(user));
  });
  CHECK(support::eventually([&] {
    return world.count(
               "pg_stat_activity WHERE datname = current_database() AND "
               "wait_event_type = 'Lock'") == 1;
  }));
  tx.commit();
  upload.join();
  CHECK(response.status == 404);
  CHECK(world.count("media") == 0);
  CHECK(world.store.keys().empty());
}

TEST_CASE("the same key at once stores one image") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto post = world.add_post(user);
  auto headers = world.as(user);
  headers.emplace_back("idempotency-key", "k");
  const auto image = png_image(8, 8);
  const auto made =
      upload_at_once(world, MediaFixture::image_path(post), {image, image, image}, headers);
  for (const auto& response : made) CHECK(world.media_of(response) == world.media_of(made[0]));
  CHECK(world.count("media") == 1);
  CHECK(world.store.keys().size() == 1);
}

TEST_CASE("a user's fifth upload at once is refused, and another user's is not") {
  if (!images::ImageProcessor::is_available()) return;
  MediaFixture world;
  const auto user = world.add_user("ann");
  const auto other = world.add_user("ben");
  const auto own_folder = "users/" + std::to_string(user) + '/';
  std::promise<void> end;
  std::atomic<int> waiting{0};
  world.store.on_put = [&, ended = end.get_future().share()](const std::string& key) {
    if (key.rfind(own_folder, 0) != 0) return;
    ++waiting;
    ended.wait();
  };
  const auto upload = [&](Id id) {
    return world.upload(MediaFixture::avatar_path(id), png_image(8, 8), world.as(id));
  };
  std::vector<std::thread> threads;
  std::atomic<int> stored{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { stored += upload(user).status == 201 ? 1 : 0; });
  CHECK(support::eventually([&] { return waiting == 4; }));
  const auto refused = upload(user);
  CHECK(refused.status == 429);
  CHECK_FALSE(header(refused, "Retry-After").empty());
  CHECK(upload(other).status == 201);
  end.set_value();
  for (auto& thread : threads) thread.join();
  CHECK(stored == 4);
  CHECK(upload(user).status == 201);
}
