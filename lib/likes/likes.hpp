#pragma once
// Likes: at most one a user and post, counted in post_likes in the same statement. A like needs no
// existing user. Those that come together go to the database together (commands/batch.hpp).
// Thread-safe.
//
// Errors: not_found "Post with id N not found"; unavailable where another request holds the post's
// counter for longer than the store's lock time-out. With a key: see commands/command.hpp.
#include <functional>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "commands/batch.hpp"
#include "store/database.hpp"

namespace feedctl::likes {

struct Like {
  Id id = 0;
  Id post_id = 0;
  Id user_id = 0;
  Time created_at;
};

void append_json(json::Writer& writer, const Like& like);

namespace rows {
struct Liked;
}  // namespace rows

struct Aggregates {
  Id post_id = 0;
  std::int64_t total_likes = 0;
  std::int64_t score_24h = 0;  // exact, counted from the likes themselves
  Time created_at;             // the post's
};

// Likes of one post, newest first; `next` is the like id to go on below, nullopt at the true end.
struct Page {
  std::vector<Like> likes;
  std::optional<Id> next;
};

class Likes {
 public:
  struct Options {
    // After a commit that added or removed likes, before they are answered; must not throw.
    std::function<void()> on_change;
  };
  Likes(store::Database& database, Options options);

  struct Outcome {
    Like like;
    bool created;          // false: it was there already
    bool deleted = false;  // of a replay: it is gone since, or another; like.id 0: not known
  };
  Outcome like(Id user, Id post, commands::Command& command);
  // Error(not_found, "Like from user U on post N not found").
  void unlike(Id user, Id post, commands::Command& command);
  // The same without a key.
  Outcome like(Id user, Id post);
  void unlike(Id user, Id post);

  // The two in halves, for callers that do not wait: the lane gets the first, and when `done` was
  // called the second makes the outcome; it asks the database for nothing where it is quick.
  void submit_like(Id user, Id post, const commands::Command& command, commands::Lane::Done done);
  void submit_unlike(Id user, Id post, const commands::Command& command, commands::Lane::Done done);
  static bool is_quick_like(const commands::Outcome& outcome);
  Outcome finish_like(Id user, Id post, commands::Command& command,
                      const commands::Outcome& outcome);
  void finish_unlike(Id user, Id post, commands::Command& command,
                     const commands::Outcome& outcome);

  // Carries out what waits; nothing is taken afterwards.
  void close();

  std::optional<Like> find(Id user, Id post);
  Aggregates aggregates(Id post);
  Page of_post(Id post, Id before, int limit);

 private:
  std::optional<Outcome> settled(Id user, Id post, const rows::Liked& liked);
  Outcome as_before(Id user, Id post, const commands::Replay& replay);
  commands::Lane::After after(bool (*any_changed)(const store::Result&)) const;

  store::Database& database_;
  Options options_;
  commands::Lane like_, unlike_;
};

}  // namespace feedctl::likes
