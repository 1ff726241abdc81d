// The media of deleted posts and users.
#include "media/media_events.hpp"

#include "media_worker_fixture.hpp"
#include "users/delete_account.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

events::Event event_of(events::Type type, Id object) {
  events::Event event;
  event.type = type;
  event.object = object;
  return event;
}

}  // namespace

TEST_CASE("the image of a deleted post goes, bytes and row, and no other") {
  MediaWorkerFixture world;
  const auto author = world.add_user("ann");
  const auto post = world.add_post(author), other = world.add_post(author);
  const auto image = world.upload_image(post), kept = world.upload_image(other);
  world.run_jobs();
  const bool by_admin = GENERATE(false, true);
  if (by_admin)
    world.posts.remove(post, world.add_user("root"), true);
  else
    world.posts.remove(post, author, false);
  world.handle_events();
  CHECK(world.sql("SELECT removed_at IS NOT NULL FROM media WHERE id = " + std::to_string(image)) ==
        "t");
  CHECK(world.count("jobs WHERE kind = 'media.remove' AND lane = 2") == 1);
  world.handle_events();  // again: nothing new
  CHECK(world.count("jobs") == 1);
  world.run_jobs();
  CHECK(world.sql("SELECT string_agg(id::text, ' ') FROM media") == std::to_string(kept));
  CHECK(world.keys().size() == 3);
  CHECK(world.findings() == "");
}

TEST_CASE("the avatar of a deleted user goes") {
  MediaWorkerFixture world;
  const auto user = world.add_user("ann"), other = world.add_user("ben");
  world.upload_avatar(user);
  const auto kept = world.upload_avatar(other);
  world.run_jobs();
  commands::Command command;
  world.users.delete_account(user, command);
  world.handle_events();
  world.run_jobs();
  CHECK(world.sql("SELECT string_agg(id::text, ' ') FROM media") == std::to_string(kept));
  CHECK(world.keys().count(world.key_of(kept)) == 1);
  CHECK(world.keys().size() == 3);
}

TEST_CASE("a batch without deletions runs no statement") {
  MediaWorkerFixture world;
  // In a transaction that has failed any statement fails.
  events::UnitOfWork unit(world.database.write());
  CHECK_THROWS(unit.tx().query({"test.fail", "SELECT 1 / 0"}));
  const auto handle = media::removal_handler();
  const std::vector others{event_of(events::Type::post_created, 1),
                           event_of(events::Type::post_image_uploaded, 1)};
  CHECK_NOTHROW(handle(unit, others));
  const std::vector deletions{event_of(events::Type::post_deleted, 1)};
  CHECK_THROWS(handle(unit, deletions));
}
