#include "likes/likes.hpp"

#include "base/error.hpp"
#include "likes/queries.hpp"
#include "posts/posts.hpp"
#include "sql/likes.hpp"
#include "users/users.hpp"

namespace feedctl::likes {

namespace {
// The first statement may meet a like that an unlike deletes before the second one. Then the
// statement runs again, three times at most.
constexpr int max_like_attempts = 4;
constexpr Id no_user = 0;

Error like_not_found(Id user, Id post) {
  return Error(ErrorCode::not_found, "Like from user " + std::to_string(user) + " on post " +
                                         std::to_string(post) + " not found");
}

}  // namespace

void append_json(json::Writer& writer, const Like& like) {
  writer.open_object().integer("id", like.id).integer("post_id", like.post_id);
  writer.integer("user_id", like.user_id).text("created_at", rfc3339(like.created_at));
  writer.close_object();
}

Likes::Likes(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      like_batcher_(database, sql::likes::like,
                    {.name = "like", .after_batch = make_after_batch(queries::any_created)}),
      unlike_batcher_(database, sql::likes::unlike,
                      {.name = "unlike", .after_batch = make_after_batch(queries::any_removed)}) {}

commands::CommandBatcher::AfterBatch Likes::make_after_batch(
    bool (*any_changed)(const store::Result&)) const {
  if (!options_.on_change) return {};
  return [this, any_changed](const store::Result& rows, bool outcome_unknown) {
    if (outcome_unknown || any_changed(rows)) options_.on_change();
  };
}

// The result of the key's first command, with the like as it is now.
Likes::LikeResult Likes::replayed_result(Id user, Id post, const commands::Replay& replay) {
  if (replay.status == 404) throw posts::missing(post);
  const bool created = replay.status == 201;
  const auto found = queries::find(database_, user, post);
  if (found.like && replay.result_id.value_or(found.like->id) == found.like->id) {
    return {*found.like, created};
  }
  return {Like{replay.result_id.value_or(0), post, user, {}}, created, true};
}

// The result of a row; nullopt if the statement could not see the like that it conflicted with.
std::optional<Likes::LikeResult> Likes::resolve(Id user, Id post, const queries::LikeRow& liked) {
  if (liked.replay) return replayed_result(user, post, *liked.replay);
  if (liked.user_suspended) throw users::suspended(user);
  if (!liked.post_found) throw posts::missing(post);
  if (liked.created) return LikeResult{*liked.created, true};
  if (!liked.existing) return std::nullopt;
  const bool own = liked.outcome_unknown_since &&
                   queries::was_created_after(database_, user, post, *liked.outcome_unknown_since);
  return LikeResult{*liked.existing, own};
}

Likes::LikeResult Likes::finish_like(Id user, Id post, commands::Command& command,
                                     const commands::Outcome& outcome) {
  auto liked = queries::read_like_row(command, commands::reply_or_throw(outcome), user, post);
  for (int attempt = 1;; ++attempt) {
    if (auto done = resolve(user, post, liked)) return *done;
    // The statement's snapshot is older than the like that it conflicted with; a new one sees it.
    if (const auto found = queries::find(database_, user, post); found.like) {
      commands::advance_token(command, found.snapshot);
      return {*found.like, false};
    }
    // With a key this result is stored: the like existed, and somebody deleted it.
    if (command.key) return {Like{0, post, user, {}}, false, true};
    if (attempt == max_like_attempts) break;
    liked = queries::read_like_row(command, like_batcher_.execute(user, post, command), user, post);
  }
  throw Error(ErrorCode::unavailable, "this like is changing too fast, try again");
}

void Likes::finish_unlike(Id user, Id post, commands::Command& command,
                          const commands::Outcome& outcome) {
  const auto unliked = queries::read_unlike_row(command, commands::reply_or_throw(outcome));
  if (const auto& replay = unliked.replay) {
    if (replay->status == 204) return;
    throw replay->result_id ? posts::missing(post) : like_not_found(user, post);
  }
  if (unliked.user_suspended) throw users::suspended(user);
  if (!unliked.post_found) throw posts::missing(post);
  if (!unliked.removed) throw like_not_found(user, post);
}

bool Likes::is_finish_like_non_blocking(const commands::Outcome& outcome) {
  const auto* reply = std::get_if<commands::Reply>(&outcome);
  return reply == nullptr || queries::is_row_sufficient(*reply);
}

void Likes::submit_like(Id user, Id post, const commands::Command& command,
                        commands::CommandBatcher::OnOutcome done) {
  like_batcher_.submit(user, post, command, std::move(done));
}

void Likes::submit_unlike(Id user, Id post, const commands::Command& command,
                          commands::CommandBatcher::OnOutcome done) {
  unlike_batcher_.submit(user, post, command, std::move(done));
}

void Likes::close() {
  like_batcher_.close();
  unlike_batcher_.close();
}

std::optional<Like> Likes::find(Id user, Id post) {
  const auto found = queries::find(database_, user, post);
  if (!found.post_found) throw posts::missing(post);
  return found.like;
}

Aggregates Likes::aggregates(Id post) {
  const auto sums = queries::aggregates(database_, post);
  if (!sums) throw posts::missing(post);
  return *sums;
}

Page Likes::of_post(Id post, Id before, int limit) {
  Page page{queries::of_post(database_, post, before, limit + 1), std::nullopt};
  if (page.likes.empty()) find(no_user, post);  // throws if there is no such post
  if (page.likes.size() > static_cast<std::size_t>(limit)) {
    page.likes.pop_back();
    page.next = page.likes.back().id;
  }
  return page;
}

}  // namespace feedctl::likes
