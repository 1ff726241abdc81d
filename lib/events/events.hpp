#pragma once
// The events of the event log, an append-only table in daily partitions. Commands append to it
// inside their own SQL statement; this library only reads. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "events/pg_snapshot.hpp"

namespace feedctl::events {

// The numbers in events.type (sql/migrations/0001_core.sql).
enum class Type : std::int16_t {
  post_liked = 1,
  post_unliked = 2,
  user_followed = 3,
  user_unfollowed = 4,
  post_created = 5,
  post_deleted = 6,
  user_created = 7,
  user_updated = 8,
  user_deleted = 9,
  post_image_uploaded = 10,
  avatar_uploaded = 11,
  caches_warmed = 12,  // by an operator; object: the number of readers
  views_flushed = 13,  // by a flush of view counters; object: the number of posts
  user_suspended = 14,
  user_reinstated = 15,
  post_hidden = 16,  // by a moderator; actor and shard: the author's
  post_unhidden = 17,
  post_image_deleted = 18,
  avatar_deleted = 19,
  post_image_processed =
      20,  // its thumbnails and blurhash are there; actor and shard: the author's
};
// "PostLiked"; "" for a number that this binary does not know.
std::string_view name_of(Type type);

// Views that a flush has added to a post.
struct ViewDelta {
  Id post = 0;
  std::int64_t count = 0;
};

struct Event {
  TransactionId xid = 0;
  std::int64_t id = 0;
  Time at;
  Type type{};
  int shard = 0;
  Id actor = 0;   // 0: nobody
  Id object = 0;  // the post, the followee, the user
  std::optional<Time> liked_at = std::nullopt;
  // Of views_flushed, and only from a LogTail: no worker needs them.
  std::vector<ViewDelta> view_deltas = {};
};
// As one JSON object.
std::string to_json(const Event& event);
void append_json(std::string& out, const Event& event);

// Slots divide the events among workers by the actor's shard.
inline constexpr int work_slots = 16;
inline int slot_of(int shard) {
  return shard % work_slots;
}

}  // namespace feedctl::events
