#pragma once
// Likes: at most one a user and post. One statement writes the like and the counter in post_likes.
// A like needs no existing user. Likes share statements (commands/command_batcher.hpp).
// Thread-safe.
//
// Errors: not_found "Post with id N not found"; unavailable if another request holds the post's
// counter for longer than the store's lock time-out; permission_denied for a suspended user. With a
// key: see commands/command.hpp.
#include <functional>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "commands/command_batcher.hpp"
#include "store/database.hpp"

namespace feedctl::likes {

struct Like {
  Id id = 0;
  Id post_id = 0;
  Id user_id = 0;
  Time created_at;
};

void append_json(json::Writer& writer, const Like& like);

namespace queries {
struct LikeRow;
}  // namespace queries

struct Aggregates {
  Id post_id = 0;
  std::int64_t total_likes = 0;
  std::int64_t score_24h = 0;  // exact, counted from the likes themselves
  Time created_at;             // the post's
};

// Likes of one post, newest first. The next page lies below like id `next`; nullopt at the end.
struct Page {
  std::vector<Like> likes;
  std::optional<Id> next;
};

class Likes {
 public:
  struct Options {
    // Runs after a commit that added or removed likes, before the responses; must not throw.
    std::function<void()> on_change;
  };
  Likes(store::Database& database, Options options);

  struct LikeResult {
    Like like;
    bool created;          // false: the like existed already
    bool deleted = false;  // of a replay: deleted since, or replaced; like.id 0: unknown
  };
  // A command has two steps, so that no thread waits for it. submit_..() gives it to the batcher;
  // after `done` has run, finish_..() makes the result. It needs no query if
  // is_finish_like_non_blocking() says so. finish_unlike() also throws Error(not_found, "Like from
  // user U on post N not found").
  void submit_like(Id user, Id post, const commands::Command& command,
                   commands::CommandBatcher::OnOutcome done);
  void submit_unlike(Id user, Id post, const commands::Command& command,
                     commands::CommandBatcher::OnOutcome done);
  static bool is_finish_like_non_blocking(const commands::Outcome& outcome);
  LikeResult finish_like(Id user, Id post, commands::Command& command,
                         const commands::Outcome& outcome);
  void finish_unlike(Id user, Id post, commands::Command& command,
                     const commands::Outcome& outcome);

  // Refuses new commands and runs those that wait.
  void close();

  std::optional<Like> find(Id user, Id post);
  Aggregates aggregates(Id post);
  Page of_post(Id post, Id before, int limit);

 private:
  std::optional<LikeResult> resolve(Id user, Id post, const queries::LikeRow& liked);
  LikeResult replayed_result(Id user, Id post, const commands::Replay& replay);
  commands::CommandBatcher::AfterBatch make_after_batch(
      bool (*any_changed)(const store::Result&)) const;

  store::Database& database_;
  Options options_;
  commands::CommandBatcher like_batcher_, unlike_batcher_;
};

}  // namespace feedctl::likes
