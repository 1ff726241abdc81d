#pragma once
// What recording a view needs to know: the author of the post, and whether post and user exist. A
// hidden post does not. A bounded cache in front of PostgreSQL.
//
// An entry lives for `max_age`. Where the process follows the log (on_events(), on_gap()), deletes,
// hidden posts and suspensions also end it at once. If PostgreSQL does not answer, entries that are
// too old still count. Thread-safe.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.hpp"
#include "events/events.hpp"
#include "store/database.hpp"

namespace feedctl::views {

class ViewTargets {
 public:
  using Clock = std::chrono::steady_clock;

  struct Post {
    Id author = 0;           // 0: nobody
    std::int64_t views = 0;  // that PostgreSQL holds
  };

  // `database` must outlive it.
  ViewTargets(store::Database& database, std::chrono::milliseconds max_age)
      : database_(database), max_age_(max_age) {}

  struct Found {
    std::unordered_map<Id, Post> posts;  // without those that do not exist
    std::unordered_map<Id, bool> users;  // whether they exist
    std::unordered_set<Id> suspended;    // of those, users who may not act
    bool is_complete = true;             // false: PostgreSQL did not answer for what is missing
  };
  // At most one statement. Never throws for a database that does not answer.
  Found find(std::span<const Id> posts, std::span<const Id> users);
  // The post has so many views in PostgreSQL now.
  void set_views(Id post, std::int64_t views);

  void on_events(std::span<const events::Event> events);
  void on_gap();

 private:
  struct Entry {
    Post post;
    Clock::time_point read_at;
  };
  using Posts = std::unordered_map<Id, Entry>;
  using Users = std::unordered_map<Id, Clock::time_point>;

  void load(std::span<const Id> posts, std::span<const Id> users, Found& found);
  void shrink();

  store::Database& database_;
  const std::chrono::milliseconds max_age_;
  std::mutex mutex_;
  Posts posts_;
  Users users_;
  Clock::time_point
      next_load_{};  // after a failed one: a database that hangs delays one batch a second
  std::uint64_t changes_ = 0;  // deletes and such so far: what was read before one may be outdated
};

}  // namespace feedctl::views
