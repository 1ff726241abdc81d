#include "likes/likes.hpp"

#include "base/error.hpp"
#include "likes/rows.hpp"
#include "posts/posts.hpp"
#include "sql/likes.hpp"

namespace feedctl::likes {

namespace {
// A like that was there for the first statement and gone for the second: somebody unliked between.
// It is run again three times.
constexpr int like_attempts = 4;
constexpr Id nobody = 0;

Error not_liked(Id user, Id post) {
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
      like_(database, sql::likes::like, {.name = "like", .after = after(rows::any_made)}),
      unlike_(database, sql::likes::unlike, {.name = "unlike", .after = after(rows::any_gone)}) {}

commands::Lane::After Likes::after(bool (*any_changed)(const store::Result&)) const {
  if (!options_.on_change) return {};
  return [this, any_changed](const store::Result& rows, bool doubt) {
    if (doubt || any_changed(rows)) options_.on_change();
  };
}

// The answer that the key's first command got, with the like as it stands.
Likes::Outcome Likes::as_before(Id user, Id post, const commands::Replay& replay) {
  if (replay.status == 404) throw posts::missing(post);
  const bool created = replay.status == 201;
  const auto found = rows::find(database_, user, post);
  if (found.like && replay.result.value_or(found.like->id) == found.like->id) {
    return {*found.like, created};
  }
  return {Like{replay.result.value_or(0), post, user, {}}, created, true};
}

// The answer to what the statement saw; nullopt: it missed the like that was in its way.
std::optional<Likes::Outcome> Likes::settled(Id user, Id post, const rows::Liked& liked) {
  if (liked.replay) return as_before(user, post, *liked.replay);
  if (!liked.post_found) throw posts::missing(post);
  if (liked.made) return Outcome{*liked.made, true};
  if (!liked.there) return std::nullopt;
  const bool own = liked.doubt && rows::made_since(database_, user, post, *liked.doubt);
  return Outcome{*liked.there, own};
}

Likes::Outcome Likes::finish_like(Id user, Id post, commands::Command& command,
                                  const commands::Outcome& outcome) {
  auto liked = rows::liked(command, commands::reply_in(outcome), user, post);
  for (int attempt = 1;; ++attempt) {
    if (auto done = settled(user, post, liked)) return *done;
    // The statement's snapshot is older than the like it met; a new one sees it.
    if (const auto found = rows::find(database_, user, post); found.like) {
      commands::see(command, found.snapshot);
      return {*found.like, false};
    }
    // With a key this answer is kept: the like was there, and somebody took it back.
    if (command.key) return {Like{0, post, user, {}}, false, true};
    if (attempt == like_attempts) break;
    liked = rows::liked(command, like_.run(user, post, command), user, post);
  }
  throw Error(ErrorCode::unavailable, "this like is changing too fast, try again");
}

void Likes::finish_unlike(Id user, Id post, commands::Command& command,
                          const commands::Outcome& outcome) {
  const auto unliked = rows::unliked(command, commands::reply_in(outcome));
  if (const auto& replay = unliked.replay) {
    if (replay->status == 204) return;
    throw replay->result ? posts::missing(post) : not_liked(user, post);
  }
  if (!unliked.post_found) throw posts::missing(post);
  if (!unliked.done) throw not_liked(user, post);
}

bool Likes::is_quick_like(const commands::Outcome& outcome) {
  const auto* reply = std::get_if<commands::Reply>(&outcome);
  return reply == nullptr || rows::tells_all(*reply);
}

void Likes::submit_like(Id user, Id post, const commands::Command& command,
                        commands::Lane::Done done) {
  like_.submit(user, post, command, std::move(done));
}

void Likes::submit_unlike(Id user, Id post, const commands::Command& command,
                          commands::Lane::Done done) {
  unlike_.submit(user, post, command, std::move(done));
}

Likes::Outcome Likes::like(Id user, Id post, commands::Command& command) {
  return finish_like(user, post, command, like_.run(user, post, command));
}

void Likes::unlike(Id user, Id post, commands::Command& command) {
  finish_unlike(user, post, command, unlike_.run(user, post, command));
}

void Likes::close() {
  like_.close();
  unlike_.close();
}

Likes::Outcome Likes::like(Id user, Id post) {
  commands::Command command;
  return like(user, post, command);
}

void Likes::unlike(Id user, Id post) {
  commands::Command command;
  unlike(user, post, command);
}

std::optional<Like> Likes::find(Id user, Id post) {
  const auto found = rows::find(database_, user, post);
  if (!found.post_found) throw posts::missing(post);
  return found.like;
}

Aggregates Likes::aggregates(Id post) {
  const auto sums = rows::aggregates(database_, post);
  if (!sums) throw posts::missing(post);
  return *sums;
}

Page Likes::of_post(Id post, Id before, int limit) {
  Page page{rows::of_post(database_, post, before, limit + 1), std::nullopt};
  if (page.likes.empty()) find(nobody, post);  // throws where there is no such post
  if (page.likes.size() > static_cast<std::size_t>(limit)) {
    page.likes.pop_back();
    page.next = page.likes.back().id;
  }
  return page;
}

}  // namespace feedctl::likes
