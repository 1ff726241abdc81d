#pragma once
// The event log: an append-only table in daily parts. Commands append to it inside their own SQL
// statement, so there is nothing to call here for writing; the numbers below are what stands in
// events.type (sql/migrations/0001_core.sql).
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "events/position.hpp"
#include "store/database.hpp"

namespace feedctl::events {

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
  caches_warmed = 12,  // by an operator; object: of how many readers
};
// "PostLiked"; "" for a number that this binary does not know.
std::string_view name_of(Type type);

struct Event {
  TransactionId xid = 0;
  std::int64_t id = 0;
  Time at;
  Type type{};
  int shard = 0;
  Id actor = 0;   // 0: nobody
  Id object = 0;  // the post, the followee, the user
  std::optional<Time> liked_at = std::nullopt;
};
// One JSON object.
std::string to_json(const Event& event);

inline constexpr int work_slots = 16;
inline int slot_of(int shard) {
  return shard % work_slots;
}

// Days from today on that have a part; doctor warns below 2. Without a part every write fails.
int parts_ahead(store::Database& database);

// Makes the missing ones up to `ahead` days from today.
void make_parts(store::Database& database, int ahead);
// Forgets the bus' reader of the log where no process runs it: nothing else moves its position, and
// the log would keep everything from there on. For those that have no bus.
void drop_idle_relay(store::Database& database);

// Keeps the log's parts ready while it lives: at start and every hour, in a thread of its own; any
// number of processes may do so at once (the function in the database takes a lock). Errors are
// logged and tried again after ten seconds, twenty, and so on up to an hour.
class PartKeeper {
 public:
  // `database` must outlive it. `ahead`: days, 1..60.
  PartKeeper(store::Database& database, int ahead);
  ~PartKeeper();
  PartKeeper(const PartKeeper&) = delete;
  PartKeeper& operator=(const PartKeeper&) = delete;

 private:
  void run();

  store::Database& database_;
  const int ahead_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::events
