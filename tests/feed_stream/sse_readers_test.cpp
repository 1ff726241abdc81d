#include "feed_stream/sse_readers.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using events::Event;
using events::Type;
using feed_stream::SseReaders;

namespace {

constexpr Id ada = 1, bob = 2, cy = 3;

Event event_of(Type type, Id actor, Id object, events::TransactionId xid) {
  Event event;
  event.type = type;
  event.actor = actor;
  event.object = object;
  event.xid = xid;
  return event;
}

// ada follows bob in a snapshot that shows the transactions below 10.
feed_index::LoadedFollows ada_follows_bob() {
  feed_index::LoadedFollows loaded;
  loaded.follows.followees = {bob};
  loaded.snapshot = events::parse_snapshot("10:10:");
  return loaded;
}

bool is_follower(const SseReaders& readers, Id author, SseReaders::Number number) {
  const auto* followers = readers.followers_of(author);
  return followers != nullptr && followers->count(number) > 0;
}

}  // namespace

TEST_CASE("a reader follows authors, and itself, once it is live") {
  SseReaders readers;
  const auto number = readers.add(ada, {}, 0);
  CHECK(readers.followers_of(ada) == nullptr);
  readers.go_live(number, ada_follows_bob(), nullptr);
  CHECK(is_follower(readers, ada, number));
  CHECK(is_follower(readers, bob, number));
  CHECK(readers.followers_of(cy) == nullptr);
}

TEST_CASE("changes of follows during their load apply unless the snapshot shows them") {
  SseReaders readers;
  const auto number = readers.add(ada, {}, 0);
  readers.apply_to_user(ada, event_of(Type::user_unfollowed, ada, bob, 9));
  readers.apply_to_user(ada, event_of(Type::user_followed, ada, cy, 10));
  readers.go_live(number, ada_follows_bob(), nullptr);
  CHECK(is_follower(readers, bob, number));
  CHECK(is_follower(readers, cy, number));
}

TEST_CASE("a live reader follows and unfollows at once, but never itself") {
  SseReaders readers;
  const auto number = readers.add(ada, {}, 0);
  readers.go_live(number, ada_follows_bob(), nullptr);
  readers.apply_to_user(ada, event_of(Type::user_followed, ada, cy, 11));
  readers.apply_to_user(ada, event_of(Type::user_unfollowed, ada, bob, 12));
  readers.apply_to_user(ada, event_of(Type::user_unfollowed, ada, ada, 13));
  CHECK(is_follower(readers, cy, number));
  CHECK(readers.followers_of(bob) == nullptr);
  CHECK(is_follower(readers, ada, number));
}

TEST_CASE("the lifetime of a deleted or suspended user's streams is over") {
  SseReaders readers;
  const auto number = readers.add(ada, {}, 0);
  readers.go_live(number, ada_follows_bob(), nullptr);
  const auto opened_at = readers.at(number).opened_at;
  readers.apply_to_user(ada, event_of(Type::user_reinstated, ada, ada, 10));
  CHECK(readers.at(number).opened_at == opened_at);
  CHECK(is_follower(readers, ada, number));
  const auto type = GENERATE(Type::user_deleted, Type::user_suspended);
  readers.apply_to_user(ada, event_of(type, ada, ada, 11));
  CHECK(readers.at(number).opened_at == SseReaders::Clock::time_point{});
}

TEST_CASE("a removed reader is in no index, and other readers stay") {
  SseReaders readers;
  const auto one = readers.add(ada, {}, 0);
  const auto other = readers.add(ada, {}, 0);
  for (const auto number : {one, other}) readers.go_live(number, ada_follows_bob(), nullptr);
  CHECK(readers.count_of_user(ada) == 2);
  readers.remove(one);
  CHECK(readers.count_of_user(ada) == 1);
  CHECK_FALSE(is_follower(readers, bob, one));
  CHECK(is_follower(readers, bob, other));
  readers.remove(other);
  CHECK(readers.empty());
  CHECK(readers.followers_of(bob) == nullptr);
}
